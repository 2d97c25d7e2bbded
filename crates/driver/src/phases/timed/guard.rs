//! Timed trials, repeated after a disturbance.

use std::time::Instant;

use bakeoff_protocol::{ScheduleSlot, TrialSpec};

use super::{POLL, TRIAL_LIMIT};
use crate::phases::context::Context;
use crate::resources::workloads::Prepared;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialEnd};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;

/// Maximum number of repetitions of a disturbed trial. The last one counts, disturbed or not, so that
/// a busy machine cannot prolong an exploration forever.
const REPEATS: u32 = 2;

/// Runs a timed trial, and again while it is disturbed.
///
/// # Errors
/// As [`execution::run`].
pub(super) fn run(
    context: &Context<'_>,
    ready: &Ready,
    scenario: &Prepared,
    mut spec: TrialSpec,
    repeats: bool,
) -> Result<TrialEnd, StepError> {
    loop {
        let limits = Limits { poll: POLL, ..context.settings.limits(Instant::now() + TRIAL_LIMIT) };
        let end = execution::run(context.trials, ready, scenario, &spec, limits, |_, _| {})?;
        match (&end, &mut spec.schedule) {
            (TrialEnd::Measured { disturbed: true, .. }, ScheduleSlot::Timed(slot))
                if repeats && slot.attempt < REPEATS =>
            {
                slot.attempt += 1;
            }
            _ => return Ok(end),
        }
    }
}
