//! From an interval to a word.

use crate::Interval;
pub use bakeoff_protocol::results::Verdict;

/// The word for the interval of a difference in log throughput, when differences of at most
/// `margin` (in the same unit, above 0) do not matter.
///
/// The first that holds: the interval lies beyond ±margin: *faster* or *slower*; within ±margin:
/// *equivalent*, even where it excludes 0, since what it leaves does not matter; it excludes 0:
/// *slightly* so; else *inconclusive*.
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
    fn words() {
        let word = |low, high| verdict(&Interval { low, high, confidence: 0.95 }, 0.01);
        assert_eq!(word(0.011, 0.02), Verdict::Faster);
        assert_eq!(word(0.001, 0.02), Verdict::SlightlyFaster);
        assert_eq!(word(0.001, 0.009), Verdict::Equivalent);
        assert_eq!(word(-0.009, 0.009), Verdict::Equivalent);
        assert_eq!(word(-0.001, 0.011), Verdict::Inconclusive);
        assert_eq!(word(-0.02, -0.001), Verdict::SlightlySlower);
        assert_eq!(word(-0.02, -0.011), Verdict::Slower);
        assert_eq!(word(0.01, 0.02), Verdict::SlightlyFaster, "touching the margin");
        assert_eq!(word(0.0, 0.02), Verdict::Inconclusive, "touching 0");
    }
}
