//! Runs the paced replays one at a time, before the rounds.

use std::time::Instant;

use bakeoff_protocol::{Meter, ScheduleSlot, TimedSlot, TrialSpec};

use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::resources::workloads::CompiledScenario;
use crate::stop::{StepError, StopReason};
use crate::trial::execution::{self, TrialResult, recorded_failure};
use crate::trial::runnable_variant::RunnableVariant;

/// Runs the paced replay of every variant in every scenario that has one.
///
/// Skips replays that were done with the same runner before. A variant that fails here
/// takes part in no round.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub fn run(context: &PhaseContext<'_>, ready: &[RunnableVariant]) -> Result<(), StopReason> {
    for prepared in context.scenarios.iter().filter(|prepared| prepared.paced.is_some()) {
        for variant in ready {
            if !variant.hello.meters.contains(&Meter::Paced)
                || variant.over_budget_scenarios.contains(&prepared.plan.record.name)
            {
                continue;
            }
            let demand = (prepared.plan.timed_capacity(variant.bound()), prepared.plan.record.load);
            let seed = context.spec.seed;
            let spec = TrialSpec {
                // The replay runs alone on the machine but belongs to no round.
                schedule: ScheduleSlot::Timed(TimedSlot::default()),
                ..prepared.plan.trial_spec(variant.name(), Meter::Paced, demand, seed)
            };
            match run_once(context, variant, prepared, &spec) {
                Ok(()) => {}
                Err(StepError::Failed(failure)) => {
                    context.recorder.apply(variant.name(), VariantEvent::Failed(failure))?;
                }
                Err(StepError::Stop(stop)) => return Err(stop),
            }
        }
    }
    Ok(())
}

fn run_once(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    spec: &TrialSpec,
) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.step_inputs.trial(spec, scenario.paced.as_ref());
    if let Some(trial) = context.recorder.query(|history| history.single_trial(name, &key).cloned())
    {
        match recorded_failure(&trial) {
            None => return Ok(()),
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {
                drop(failure);
            }
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.step(name, &format!("paced replay of {}", spec.scenario));
    let hold = context.lock_machine()?;
    let limits = context.settings.limits(Instant::now() + context.settings.time_limit);
    let end = execution::run(context.trials, ready, scenario, spec, limits, |_, _| {});
    drop(hold);
    match end? {
        TrialResult::Measured { .. } => Ok(()),
        TrialResult::OutOfMemory(failure) | TrialResult::Failed(failure) => {
            Err(StepError::Failed(failure))
        }
    }
}
