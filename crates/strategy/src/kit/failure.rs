//! Failure of a rule of the conformance kit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Message of a failed rule: the action, the expectation and the observation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

/// Result of a rule: a summary of the observations, or the failure.
pub(crate) type RuleResult = Result<String, Failure>;

/// Returns a [`Failure`] with the given message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::kit::failure::Failure(format!($($message)+)));
        }
    };
}

/// Runs a part of a rule and returns a panic as a failure.
pub(crate) fn catch_panic<T>(part: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(part))
        .unwrap_or_else(|payload| Err(Failure(format!("panicked: {}", panic_message(&*payload)))))
}

/// Returns the message of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure_with_its_message() {
        let failed = catch_panic(|| -> RuleResult { panic!("slot {} is empty", 3) });
        assert_eq!(failed, Err(Failure(String::from("panicked: slot 3 is empty"))));
    }
}
