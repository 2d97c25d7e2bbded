//! Instructions per request, if requested; a simulator counts them independently of other work.

use bakeoff_protocol::{Load, Meter, TrialSpec, Window};

use crate::phases::context::Context;
use crate::resources::workloads::CompiledScenario;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialEnd};
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::ui::reporter::ReporterEvent;

/// Number of trials per cell: equal counts show determinism, and three show the spread otherwise.
const TRIALS: u32 = 3;
/// Maximum number of counted requests: a simulator takes fifty times as long as the processor.
const MAX_REQUESTS: u64 = 20_000;
/// Maximum number of warm-up requests, for the same reason.
const MAX_WARMUP: u64 = 100_000;

/// Counts every scenario that was not counted with the same runner before.
///
/// A scenario that cannot be counted is skipped with a note; no other result depends on it.
pub(super) fn run(
    context: &Context<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    let requested = context.spec.meters.contains(&Meter::Instructions);
    // The instructions of a client do not include those of its server.
    let supported = ready.hello.meters.contains(&Meter::Instructions) && !ready.needs_service();
    if !requested || !supported {
        return Ok(());
    }
    for prepared in context.scenarios {
        if ready.outgrew.contains(&prepared.plan.record.name) {
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

/// Counts one scenario; the inner error is the reason why that is impossible.
fn count(
    context: &Context<'_>,
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
    let key = ready.subject.trial(&spec, None);
    let counted = context.recorder.query(|history| history.counted(ready.name(), &key));
    for _ in counted..TRIALS {
        context.recorder.step(ready.name(), &format!("instructions {}", prepared.plan.record.name));
        let hold = context.share_machine()?;
        // The memory of the simulator is not that of the strategy.
        let limits = RunnerLimits { memory_bytes: None, ..limits };
        let end = execution::run(context.trials, ready, prepared, &spec, limits, |_, _| {})?;
        drop(hold);
        match end {
            TrialEnd::Measured { .. } => {}
            TrialEnd::OutOfMemory(failure) | TrialEnd::Failed(failure) => {
                return Ok(Err(failure.message));
            }
        }
    }
    Ok(Ok(()))
}
