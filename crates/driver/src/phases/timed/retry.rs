//! Repetition of disturbed timed trials.

use std::time::{Duration, Instant};

use bakeoff_protocol::{ScheduleSlot, TrialSpec};

use crate::phases::context::Context;
use crate::resources::workloads::CompiledScenario;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialEnd};
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;

/// Maximum number of repetitions of a disturbed trial.
///
/// The last one counts, disturbed or not, so that a busy machine cannot prolong an exploration
/// without end.
const MAX_REPETITIONS: u32 = 2;
/// Time limit of a single timed trial.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(300);
/// Interval of the checks of a runner during a timed trial; long, so as not to disturb it.
const POLL: Duration = Duration::from_millis(100);

/// Runs a timed trial, and repeats it while it is disturbed.
///
/// # Errors
/// As [`execution::run`].
pub(super) fn run(
    context: &Context<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    mut spec: TrialSpec,
    repeats: bool,
) -> Result<TrialEnd, StepError> {
    loop {
        let limits =
            RunnerLimits { poll: POLL, ..context.settings.limits(Instant::now() + TRIAL_TIMEOUT) };
        let end = execution::run(context.trials, ready, scenario, &spec, limits, |_, _| {})?;
        match (&end, &mut spec.schedule) {
            (TrialEnd::Measured { disturbed: true, .. }, ScheduleSlot::Timed(slot))
                if repeats && slot.attempt < MAX_REPETITIONS =>
            {
                slot.attempt += 1;
            }
            _ => return Ok(end),
        }
    }
}
