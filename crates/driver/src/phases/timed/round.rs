//! Runs one round: a trial of each participating variant, and of the A/A control.

use bakeoff_protocol::TimedSlot;

use super::retry;
use super::scenario_rounds::ScenarioRounds;
use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::stop::{StepError, StopReason};
use crate::trial::execution::TrialResult;

/// Runs a round; a variant that fails is dropped, and the others continue.
pub(super) fn run(
    context: &PhaseContext<'_>,
    rounds: &mut ScenarioRounds<'_>,
    round: u32,
) -> Result<(), StopReason> {
    let order = rounds.order(round);
    // Cold processor caches slow the first trial after the pause between rounds. So each round
    // starts with an additional trial of its last entry, which is discarded. In simulations of 30
    // rounds, a difference of 2 % is then detected three times as often (docs/METHODOLOGY.md).
    let discarded = order.last().copied();
    for (position, entry) in discarded.into_iter().chain(order).enumerate() {
        let Some(variant) = rounds.variants.get(entry.variant).filter(|it| !it.dropped) else {
            continue;
        };
        let slot = TimedSlot {
            round_group: rounds.round_group.clone(),
            round,
            position: u32::try_from(position).unwrap_or(u32::MAX),
            aa_control: entry.aa_control,
            attempt: 0,
        };
        let spec = rounds.schedule(variant.ready, &variant.spec, slot);
        // The discarded trial is never repeated.
        let may_repeat = position > 0;
        let end = retry::run(context, variant.ready, rounds.scenario, spec, may_repeat);
        let event = match end {
            Ok(TrialResult::Measured { .. }) => continue,
            // The variant is not marked as failed, because its hit ratios are valid.
            Ok(TrialResult::OutOfMemory(failure)) => VariantEvent::Disqualified(failure.message),
            Ok(TrialResult::Failed(failure)) | Err(StepError::Failed(failure)) => {
                VariantEvent::Failed(failure)
            }
            Err(StepError::Stop(stop)) => return Err(stop),
        };
        context.recorder.apply(variant.ready.name(), event)?;
        if let Some(variant) = rounds.variants.get_mut(entry.variant) {
            variant.dropped = true;
        }
    }
    Ok(())
}
