//! Verdict of a confidence interval.

use crate::Interval;
pub use bakeoff_protocol::results::Verdict;

/// Returns the verdict for the interval of a difference in log throughput.
///
/// Differences of at most `margin` (same unit, above 0) are irrelevant. The first rule that applies
/// gives the verdict:
/// - the interval is beyond ±margin: *faster* or *slower*;
/// - it is within ±margin: *equivalent*, even if it excludes 0, because the difference is
///   irrelevant;
/// - it excludes 0: *slightly faster* or *slightly slower*;
/// - otherwise: *inconclusive*.
#[must_use]
pub fn verdict(interval: &Interval, margin: f64) -> Verdict {
    if interval.low > margin {
        Verdict::Faster
    } else if interval.high < -margin {
        Verdict::Slower
    } else if interval.low > -margin && interval.high < margin {
        Verdict::Equivalent
    } else if interval.low > 0.0 {
        Verdict::SlightlyFaster
    } else if interval.high < 0.0 {
        Verdict::SlightlySlower
    } else {
        Verdict::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_depends_on_interval_and_margin() {
        let of_interval = |low, high| verdict(&Interval { low, high, confidence: 0.95 }, 0.01);
        assert_eq!(of_interval(0.011, 0.02), Verdict::Faster);
        assert_eq!(of_interval(0.001, 0.02), Verdict::SlightlyFaster);
        assert_eq!(of_interval(0.001, 0.009), Verdict::Equivalent);
        assert_eq!(of_interval(-0.009, 0.009), Verdict::Equivalent);
        assert_eq!(of_interval(-0.001, 0.011), Verdict::Inconclusive);
        assert_eq!(of_interval(-0.02, -0.001), Verdict::SlightlySlower);
        assert_eq!(of_interval(-0.02, -0.011), Verdict::Slower);
        assert_eq!(of_interval(0.01, 0.02), Verdict::SlightlyFaster, "touching the margin");
        assert_eq!(of_interval(0.0, 0.02), Verdict::Inconclusive, "touching 0");
    }
}
