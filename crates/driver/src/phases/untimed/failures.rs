//! Failures of steps: recording, and reuse in later runs.

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{FailedStep, Record};
use jiff::Timestamp;

use crate::phases::context::Context;
use crate::stop::{StepError, StopReason};
use crate::trial::TrialError;

/// Kinds of failures with a cause outside the variant, which are always retried.
const EXTERNAL_KINDS: [&str; 2] = ["service", "worktree"];

/// Returns an earlier failure of the same step and content, unless it must be retried.
pub(super) fn recorded(context: &Context<'_>, variant: &str, key: &str) -> Option<Failure> {
    if context.settings.retry_failed {
        return None;
    }
    let failed = context.recorder.query(|history| history.failed(variant, key).cloned())?;
    (!EXTERNAL_KINDS.contains(&failed.failure.kind.as_str())).then_some(failed.failure)
}

/// Records the failure of a step.
pub(super) fn record(
    context: &Context<'_>,
    variant: &str,
    phase: Phase,
    key: &str,
    failure: Failure,
) -> StepError {
    let record = FailedStep {
        schema: SCHEMA_VERSION,
        key: key.to_owned(),
        variant: variant.to_owned(),
        phase,
        at: Timestamp::now(),
        failure: failure.clone(),
    };
    match context.recorder.append(Record::Failed(record)) {
        Ok(()) => StepError::Failed(failure),
        Err(error) => error.into(),
    }
}

/// Records the failure of a runner; an interrupt is not a failure.
pub(super) fn record_error(
    context: &Context<'_>,
    variant: &str,
    phase: Phase,
    key: &str,
    error: &TrialError,
    log: &str,
) -> StepError {
    if error.is_interrupt() {
        return StepError::Stop(StopReason::Interrupted);
    }
    record(context, variant, phase, key, error.failure(log))
}
