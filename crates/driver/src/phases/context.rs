//! Inputs that all phases of an exploration share.

use std::time::{Duration, Instant};

use bakeoff_protocol::exploration::Machine;

use crate::environment::Environment;
use crate::record::locks::machine_lock::MachineHold;
use crate::record::paths::ExplorationDir;
use crate::record::recorder::Recorder;
use crate::request::ExplorationSpec;
use crate::resources::workloads::CompiledScenario;
use crate::stop::StopReason;
use crate::trial::context::TrialContext;
use crate::trial::process::RunnerLimits;
use crate::ui::reporter::ReporterEvent;

/// Options that change how an exploration runs but not its results.
#[derive(Clone, Copy, Debug)]
pub struct RunSettings {
    /// Variants that the untimed phase processes concurrently; at least 1.
    pub max_parallel: usize,
    /// Time limit of one variant in the untimed phase.
    pub time_limit: Duration,
    /// Time limit of one exact replay.
    pub replay_limit: Duration,
    /// Limit of a runner's anonymous memory, in bytes.
    pub memory_budget: u64,
    /// Repeats steps that failed before, even if nothing has changed.
    pub retry_failed: bool,
    /// Time limit of the answers of a runner that need no work.
    pub answer: Duration,
    /// Time limit between two messages of a busy runner.
    pub silence: Duration,
}

impl RunSettings {
    /// Returns the limits of a runner in the untimed phase.
    #[must_use]
    pub fn limits(&self, deadline: Instant) -> RunnerLimits {
        RunnerLimits {
            answer: self.answer,
            silence: self.silence,
            deadline,
            replay: None,
            memory_bytes: Some(self.memory_budget),
            poll: Duration::from_millis(20),
        }
    }
}

/// References to the inputs that all phases share.
#[derive(Clone, Copy)]
pub struct PhaseContext<'a> {
    /// Interfaces to the source code, compiler, servers and user.
    pub environment: Environment<'a>,
    /// Resolved request of the user.
    pub spec: &'a ExplorationSpec,
    /// Scenarios with their compiled workloads.
    pub scenarios: &'a [CompiledScenario],
    /// Paths of the exploration's files.
    pub files: &'a ExplorationDir,
    /// Records samples and progress.
    pub recorder: &'a Recorder<'a>,
    /// Inputs that all trials share.
    pub trials: &'a TrialContext<'a>,
    /// Description of this machine.
    pub machine: &'a Machine,
    /// Options that do not change results.
    pub settings: RunSettings,
}

impl PhaseContext<'_> {
    /// Waits until no timed trial runs on this machine; the returned hold prevents new ones.
    ///
    /// # Errors
    /// [`StopReason`] if the user interrupts the wait, or the lock file cannot be used.
    pub fn share_machine(&self) -> Result<MachineHold, StopReason> {
        let Environment { machine, interrupt, reporter, .. } = self.environment;
        let on_wait = |note: &str| reporter.report(&ReporterEvent::Note(note));
        machine.share(interrupt, on_wait)?.ok_or(StopReason::Interrupted)
    }

    /// Reports that new samples are on disk and that no timed trial of this exploration runs until
    /// the call returns.
    ///
    /// # Errors
    /// The same as [`Self::share_machine`].
    pub fn report_samples(&self) -> Result<(), StopReason> {
        let _hold = self.share_machine()?;
        let event = ReporterEvent::Samples { folder: self.files.folder() };
        self.environment.reporter.report(&event);
        Ok(())
    }

    /// Waits until Bakeoff does no other work on this machine; the returned hold prevents new work.
    ///
    /// # Errors
    /// The same as [`Self::share_machine`].
    pub fn lock_machine(&self) -> Result<MachineHold, StopReason> {
        let Environment { machine, interrupt, reporter, .. } = self.environment;
        let on_wait = |note: &str| reporter.report(&ReporterEvent::Note(note));
        machine.exclusive(interrupt, on_wait)?.ok_or(StopReason::Interrupted)
    }
}
