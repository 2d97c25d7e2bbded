//! Type of a paired comparison during the analysis.

use bakeoff_protocol::results::Pair;
use bakeoff_stats::Interval;

/// Comparison of a pair, with figures that only the analysis needs.
pub struct AnalyzedPair {
    pub record: Pair,
    /// True if the baseline is compared with itself.
    pub aa_control: bool,
    /// Difference of service times, variant minus baseline, in the measured windows.
    pub time: TimeDifference,
    /// Log ratio of throughput in each common round, in order of rounds.
    pub differences: Vec<f64>,
}

/// Difference of mean service times per request, in nanoseconds.
#[derive(Clone, Copy)]
pub struct TimeDifference {
    /// Hodges–Lehmann estimate over the rounds.
    pub estimate: f64,
    /// Interval of the estimate. The intervals of all pairs hold jointly.
    pub interval: Interval,
}
