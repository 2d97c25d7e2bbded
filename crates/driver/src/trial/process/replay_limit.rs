//! Time limit of one exact replay.

use std::time::{Duration, Instant};

use super::RunnerError;

/// Time after which the progress of a replay predicts its duration.
const PREDICTION_AFTER: Duration = Duration::from_secs(10);
/// A replay ends early if its predicted duration exceeds the limit by this factor.
const SAFETY_FACTOR: f64 = 2.0;

/// Time limit of one exact replay, from `go` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplayLimit {
    started: Instant,
    limit: Duration,
}

impl ReplayLimit {
    pub(super) fn start(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// Checks the limit after `done` of `total` requests.
    ///
    /// # Errors
    /// [`RunnerError::ReplayLimit`] if the limit is exceeded, or certain to be exceeded.
    pub(super) fn check(self, done: u64, total: u64) -> Result<(), RunnerError> {
        match expected_seconds(self.started.elapsed(), self.limit, done, total) {
            None => Ok(()),
            Some(expected_seconds) => {
                Err(RunnerError::ReplayLimit { limit: self.limit, expected_seconds })
            }
        }
    }
}

/// Returns the expected duration of a replay that cannot end within the limit; `None` if it can.
fn expected_seconds(elapsed: Duration, limit: Duration, done: u64, total: u64) -> Option<f64> {
    let expected = elapsed.as_secs_f64() * total.max(done) as f64 / done.max(1) as f64;
    let is_certain = elapsed >= PREDICTION_AFTER && expected > SAFETY_FACTOR * limit.as_secs_f64();
    (elapsed > limit || is_certain).then_some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_ends_at_the_limit_or_when_it_is_certain_to_exceed_it() {
        let seconds = Duration::from_secs;
        let expected =
            |elapsed, done| expected_seconds(seconds(elapsed), seconds(60), done, 1_000_000);
        assert_eq!(expected(5, 100), None, "too early for a prediction");
        assert_eq!(expected(10, 100_000), None, "100 s may still become 60 s");
        assert_eq!(expected(10, 50_000), Some(200.0));
        assert_eq!(expected(61, 500_000), Some(122.0));
        assert_eq!(expected(59, 999_000), None);
    }
}
