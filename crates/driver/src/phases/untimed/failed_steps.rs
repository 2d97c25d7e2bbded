//! Records failed steps, and finds them again in later runs.

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{FailedStep, Record};
use jiff::Timestamp;

use crate::phases::context::PhaseContext;
use crate::stop::{StepError, StopReason};
use crate::trial::TrialError;

/// Kinds of failures with a cause outside the variant, which are always retried.
const EXTERNAL_KINDS: [&str; 2] = ["service", "worktree"];

/// Returns the recorded failure of a step with the same inputs, unless it must be retried.
pub(super) fn recorded(context: &PhaseContext<'_>, variant: &str, key: &str) -> Option<Failure> {
    if context.settings.retry_failed {
        return None;
    }
    let failed = context.recorder.query(|history| history.failed(variant, key).cloned())?;
    (!EXTERNAL_KINDS.contains(&failed.failure.kind.as_str())).then_some(failed.failure)
}

/// Records the failure of a step.
pub(super) fn record(
    context: &PhaseContext<'_>,
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

/// Records the error of a trial as a failure, unless the user interrupted the run.
pub(super) fn record_error(
    context: &PhaseContext<'_>,
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
