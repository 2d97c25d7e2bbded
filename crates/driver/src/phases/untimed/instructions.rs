//! Counts instructions per request in a simulator, if the user requests it.

use bakeoff_protocol::{Load, Meter, TrialSpec, Window};

use crate::phases::context::PhaseContext;
use crate::resources::workloads::CompiledScenario;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialResult};
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::ui::reporter::ReporterEvent;

/// Number of trials per cell: enough to see that counts are equal, or how far they differ.
const TRIALS: u32 = 3;
/// Maximum number of counted requests: a simulator takes fifty times as long as the processor.
const MAX_REQUESTS: u64 = 20_000;
/// Maximum number of warm-up requests, limited because the simulator is slow.
const MAX_WARMUP: u64 = 100_000;

/// Counts instructions in each scenario, unless the same runner was counted there before.
///
/// If the instructions of a scenario cannot be counted, a note says why; other results stay valid.
pub(super) fn run(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    let requested = context.spec.meters.contains(&Meter::Instructions);
    // For a variant with a service, the count would not include the work of the server.
    let supported = ready.hello.meters.contains(&Meter::Instructions) && !ready.needs_service();
    if !requested || !supported {
        return Ok(());
    }
    for prepared in context.scenarios {
        if ready.over_budget_scenarios.contains(&prepared.plan.record.name) {
            continue;
        }
        if let Err(reason) = count(context, ready, prepared, limits)? {
            let name = ready.name();
            let note = format!(
                "cannot count instructions of {name} in {}: {reason}",
                prepared.plan.record.name
            );
            context.environment.reporter.report(&ReporterEvent::Note(&note));
        }
    }
    Ok(())
}

/// Counts instructions in one scenario; the inner error says why counting failed.
fn count(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    prepared: &CompiledScenario,
    limits: RunnerLimits,
) -> Result<Result<(), String>, StepError> {
    let demand = (prepared.plan.timed_capacity(ready.bound()), Load::ONE);
    let warmup_requests = prepared.plan.warmup(false).min(MAX_WARMUP);
    let spec = TrialSpec {
        // The same requests for every seed: those after the warm-up.
        window: Some(Window {
            start: warmup_requests % prepared.plan.record.requests.max(1),
            length: prepared.plan.window_length(false).min(MAX_REQUESTS),
        }),
        warmup_requests,
        ..prepared.plan.trial_spec(ready.name(), Meter::Instructions, demand, context.spec.seed)
    };
    let key = ready.step_inputs.trial_key(&spec, None);
    let counted = context.recorder.query(|history| history.completed_trials(ready.name(), &key));
    for _ in counted..TRIALS {
        context
            .recorder
            .set_step(ready.name(), &format!("instructions in {}", prepared.plan.record.name));
        let hold = context.share_machine()?;
        // The memory limit is removed, because the simulator's own memory would count.
        let limits = RunnerLimits { memory_bytes: None, ..limits };
        let end = execution::run(context.trials, ready, prepared, &spec, limits, |_, _| {})?;
        drop(hold);
        match end {
            TrialResult::Measured { .. } => {}
            TrialResult::OutOfMemory(failure) | TrialResult::Failed(failure) => {
                return Ok(Err(failure.message));
            }
        }
    }
    Ok(Ok(()))
}
