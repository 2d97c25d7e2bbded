//! Instructions per request, where they are asked for: a simulator counts the same beside other
//! work as alone.

use bakeoff_protocol::{Load, Meter, TrialSpec, Window};

use crate::phases::context::Context;
use crate::resources::workloads::Prepared;
use crate::stop::{StepError, Stop};
use crate::trial::execution::{self, TrialEnd};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;
use crate::ui::reporter::News;

/// Times that a cell is counted: two that agree show that nothing was left to chance, and of those
/// that do not agree three show a spread.
const REPEATS: u32 = 3;
/// Most requests that are counted: a simulator takes fifty times as long as the processor.
const MOST_REQUESTS: u64 = 20_000;
/// Most requests that lead up to them, for the same reason.
const MOST_WARMUP: u64 = 100_000;

/// Counts every scenario that was not counted with this very runner. What cannot be counted is said
/// and left out; no other figure depends on it.
pub(super) fn run(context: &Context<'_>, ready: &Ready, limits: Limits) -> Result<(), StepError> {
    let asked = context.spec.meters.contains(&Meter::Instructions);
    // Those of a client say nothing of what its server does.
    let able = ready.hello.meters.contains(&Meter::Instructions) && !ready.needs_service();
    if !asked || !able {
        return Ok(());
    }
    for prepared in context.scenarios {
        if ready.outgrew.contains(&prepared.record.name) {
            continue;
        }
        if let Err(why) = scenario(context, ready, prepared, limits)? {
            let name = ready.name();
            let note = format!("{name}: no instructions in {}: {why}", prepared.record.name);
            context.environment.reporter.hear(&News::Note(&note));
        }
    }
    Ok(())
}

/// Counts one scenario; the inner error says why it could not be.
fn scenario(
    context: &Context<'_>,
    ready: &Ready,
    prepared: &Prepared,
    limits: Limits,
) -> Result<Result<(), String>, StepError> {
    let demand = (prepared.timed_capacity(ready.bound()), Load::ONE);
    let warmup_requests = prepared.warmup(false).min(MOST_WARMUP);
    let spec = TrialSpec {
        // The same requests whatever the seed: those after the warm-up.
        window: Some(Window {
            start: warmup_requests % prepared.record.requests.max(1),
            length: prepared.window_length(false).min(MOST_REQUESTS),
        }),
        warmup_requests,
        ..prepared.trial_spec(ready.name(), Meter::Instructions, demand, context.spec.seed)
    };
    let key = ready.subject.trial(&spec, None);
    let counted = context.recorder.query(|history| history.counted(ready.name(), &key));
    for _ in counted..REPEATS {
        context.recorder.step(ready.name(), &format!("instructions {}", prepared.record.name));
        let hold = context
            .environment
            .machine
            .share(context.environment.interrupt)?
            .ok_or(Stop::Interrupted)?;
        // The simulator's own memory is not the strategy's.
        let limits = Limits { memory_bytes: None, ..limits };
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
