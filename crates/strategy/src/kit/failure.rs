//! Why a rule did not hold.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was seen instead of what was promised, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

/// What a rule found: what was seen, or why it failed.
pub(crate) type Verdict = Result<String, Failure>;

/// Returns a [`Failure`] with the given message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::kit::failure::Failure(format!($($message)+)));
        }
    };
}

/// Runs a part of a rule; a panic inside becomes its failure.
pub(crate) fn caught<T>(part: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(part))
        .unwrap_or_else(|payload| Err(Failure(format!("panicked: {}", message(&*payload)))))
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
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
        let failed = caught(|| -> Verdict { panic!("slot {} is empty", 3) });
        assert_eq!(failed, Err(Failure(String::from("panicked: slot 3 is empty"))));
    }
}
