//! Runs the paced replays one at a time, before the rounds.

use std::time::Instant;

use bakeoff_protocol::{Meter, ScheduleSlot, TimedSlot, TrialSpec};

use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::resources::workloads::CompiledScenario;
use crate::schedule::cells;
use crate::stop::{StepError, StopReason};
use crate::trial::execution::{self, TrialResult, recorded_failure};
use crate::trial::runnable_variant::RunnableVariant;

/// Runs the paced replays of every variant in every scenario that has them.
///
/// The variants take turns, so that a change of the machine affects all of them. Replays that were
/// done with the same runner before are skipped. A variant that fails here takes part in no round.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub fn run(context: &PhaseContext<'_>, ready: &[RunnableVariant]) -> Result<(), StopReason> {
    let mut failed: Vec<&str> = Vec::new();
    for prepared in context.scenarios.iter().filter(|prepared| prepared.paced.is_some()) {
        for replay in 0..context.spec.profile.paced_replays() {
            for variant in ready {
                let takes_part = variant.hello.meters.contains(&Meter::Paced)
                    && !variant.over_budget_scenarios.contains(&prepared.plan.record.name)
                    && !failed.contains(&variant.name())
                    && (replay == 0 || !is_exact(prepared, variant));
                if !takes_part {
                    continue;
                }
                match run_once(context, variant, prepared, replay) {
                    Ok(()) => {}
                    Err(StepError::Failed(failure)) => {
                        failed.push(variant.name());
                        context.recorder.apply(variant.name(), VariantEvent::Failed(failure))?;
                    }
                    Err(StepError::Stop(stop)) => return Err(stop),
                }
            }
        }
    }
    Ok(())
}

/// Returns true if a replay does not depend on the machine: on a virtual clock, without a server.
fn is_exact(scenario: &CompiledScenario, variant: &RunnableVariant) -> bool {
    scenario.paced.as_ref().is_some_and(|plan| plan.time.virtual_clock) && !variant.needs_service()
}

fn paced_spec(
    context: &PhaseContext<'_>,
    variant: &RunnableVariant,
    scenario: &CompiledScenario,
    replay: u32,
) -> TrialSpec {
    TrialSpec {
        // The replay runs alone on the machine but belongs to no round group.
        schedule: ScheduleSlot::Timed(TimedSlot { round: replay, ..TimedSlot::default() }),
        ..cells::paced(&scenario.plan, variant.name(), variant.bound(), context.spec.seed)
    }
}

fn run_once(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    replay: u32,
) -> Result<(), StepError> {
    let name = ready.name();
    let spec = &paced_spec(context, ready, scenario, replay);
    let key = ready.step_inputs.trial_key(spec, scenario.paced.as_ref());
    let (done, latest) = context.recorder.query(|history| {
        let latest = history.single_trial(name, &key).cloned();
        (history.completed_trials(name, &key), latest)
    });
    if done > replay {
        return Ok(());
    }
    if let Some(trial) = latest {
        match recorded_failure(&trial) {
            None => {}
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {
                drop(failure);
            }
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.set_step(name, &format!("paced replay of {}", spec.scenario));
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
