//! Runs one instance of a paced replay: a runner process, replaced by a new one after each crash.

use std::sync::Barrier;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_protocol::PacedConfig;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::paced::config::FaultKind;

use super::InstanceResult;
use crate::resources::workloads::CompiledScenario;
use crate::trial::process::{RunnerLimits, RunnerProcess};
use crate::trial::{BuiltVariant, TrialError, TrialRunner};

/// Inputs of one instance.
pub(super) struct PacedInstance<'a> {
    pub(super) trial_runner: &'a TrialRunner<'a>,
    pub(super) built: &'a BuiltVariant,
    pub(super) prepared: &'a CompiledScenario,
    pub(super) limits: RunnerLimits,
    pub(super) command: TrialCommand,
}

impl PacedInstance<'_> {
    /// Runs the instance until its last report.
    ///
    /// Each instance waits at the barrier when it is ready, or after a failed start. So all
    /// instances start together, and none waits forever.
    pub(super) fn run(&self, barrier: &Barrier) -> Result<InstanceResult, TrialError> {
        let started = self.start(0);
        barrier.wait();
        let mut client = started?;
        let begun = Instant::now();
        let mut reports = Vec::new();
        let mut resumed = 0;
        loop {
            let report = client.measure(|_, _| {})?;
            let is_virtual = report.meter.paced().is_some_and(|outcome| outcome.virtual_clock);
            reports.push(report);
            let Some((at_ms, duration_ms)) = self.crash_after(resumed) else { break };
            drop(client);
            resumed = at_ms + duration_ms;
            client = self.start(resumed)?;
            if !is_virtual {
                sleep(
                    (begun + Duration::from_millis(resumed))
                        .saturating_duration_since(Instant::now()),
                );
            }
        }
        let process_ns = client.age_ns();
        client.bye()?;
        Ok(InstanceResult { reports, process_ns })
    }

    fn start(&self, resume_ms: u64) -> Result<RunnerProcess, TrialError> {
        let number = self.config().map_or(0, |config| config.instance);
        let heading = format!("{} instance {number}", self.prepared.plan.record.name);
        let (mut client, _) = self.trial_runner.greet(self.built, &heading, self.limits)?;
        let mut command = self.command.clone();
        if let Some(config) = &mut command.environment.paced {
            config.resume_ms = resume_ms;
        }
        client.prepare(command, |_, _| {})?;
        Ok(client)
    }

    fn config(&self) -> Option<&PacedConfig> {
        self.command.environment.paced.as_ref()
    }

    /// Returns the time and duration of the next crash at or after `resumed`, in milliseconds.
    fn crash_after(&self, resumed: u64) -> Option<(u64, u64)> {
        let config = self.config()?;
        let last_ms = last_due_ms(self.prepared, config);
        let ours = |event: &&bakeoff_protocol::paced::config::FaultEvent| {
            event.kind == FaultKind::Crash
                && event.instance == config.instance
                && event.at_ms >= resumed
                && event.at_ms < last_ms
        };
        let next = config.events.iter().filter(ours).min_by_key(|event| event.at_ms)?;
        Some((next.at_ms, next.duration_ms))
    }
}

/// Returns the due time of the last request, in milliseconds after the first.
fn last_due_ms(prepared: &CompiledScenario, config: &PacedConfig) -> u64 {
    match prepared.workload.times_us() {
        Some(times) => {
            let span = times.last().zip(times.first()).map_or(0, |(last, first)| last - first);
            (span as f64 / config.time.scale / 1e3) as u64
        }
        None => {
            let requests = prepared.workload.requests().saturating_sub(1);
            (requests as f64 / config.time.rate * 1e3) as u64
        }
    }
}
