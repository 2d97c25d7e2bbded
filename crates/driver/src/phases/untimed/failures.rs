//! How a step's failure is recorded, and when it is tried again.

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{FailedStep, Record};
use jiff::Timestamp;

use crate::phases::context::Context;
use crate::stop::{StepError, Stop};
use crate::trial::TrialError;

/// Kinds whose cause lies outside the variant: trying again may well go better.
const OF_THE_SURROUNDINGS: [&str; 2] = ["service", "worktree"];

/// An earlier failure of the same step with the same content, unless it is to be tried again.
pub(super) fn standing(context: &Context<'_>, variant: &str, key: &str) -> Option<Failure> {
    if context.settings.retry_failed {
        return None;
    }
    let failed = context.recorder.query(|history| history.failed(variant, key).cloned())?;
    (!OF_THE_SURROUNDINGS.contains(&failed.failure.kind.as_str())).then_some(failed.failure)
}

/// Records that a step failed, and ends the variant.
pub(super) fn end(
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

/// The same for a process that did not do as it should; ctrl-C is no failure.
pub(super) fn end_by(
    context: &Context<'_>,
    variant: &str,
    phase: Phase,
    key: &str,
    error: &TrialError,
    log: &str,
) -> StepError {
    if error.is_interrupt() {
        return StepError::Stop(Stop::Interrupted);
    }
    end(context, variant, phase, key, error.failure(log))
}
