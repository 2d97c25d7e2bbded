//! Repeats timed trials that other work on the machine disturbed.

use std::time::{Duration, Instant};

use bakeoff_protocol::{ScheduleSlot, TrialSpec};

use crate::phases::context::PhaseContext;
use crate::resources::workloads::CompiledScenario;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialResult};
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;

/// Maximum number of repetitions of a disturbed trial.
///
/// The last repetition counts even if it is disturbed, so that a busy machine cannot prolong an
/// exploration forever.
const MAX_REPETITIONS: u32 = 2;
/// Time limit of a single timed trial.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(300);
/// Interval between checks of a runner in a timed trial; long, so as not to disturb the trial.
const POLL: Duration = Duration::from_millis(100);

/// Runs a timed trial; if `may_repeat` is set, repeats it while it is disturbed.
///
/// # Errors
/// The same as [`execution::run`].
pub(super) fn run(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    mut spec: TrialSpec,
    may_repeat: bool,
) -> Result<TrialResult, StepError> {
    loop {
        let limits =
            RunnerLimits { poll: POLL, ..context.settings.limits(Instant::now() + TRIAL_TIMEOUT) };
        let end = execution::run(context.trials, ready, scenario, &spec, limits, |_, _| {})?;
        match (&end, &mut spec.schedule) {
            (TrialResult::Measured { disturbed: true, .. }, ScheduleSlot::Timed(slot))
                if may_repeat && slot.attempt < MAX_REPETITIONS =>
            {
                slot.attempt += 1;
            }
            _ => return Ok(end),
        }
    }
}
