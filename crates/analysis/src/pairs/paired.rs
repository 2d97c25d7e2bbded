//! Paired comparison with figures that only the analysis needs.

use bakeoff_protocol::results::Pair;
use bakeoff_stats::Interval;

/// One comparison, with figures that the record does not contain.
pub struct Paired {
    pub record: Pair,
    /// True for the baseline against its own second entry.
    pub aa_control: bool,
    /// Difference of service times, variant minus baseline, in the measured windows.
    pub time: TimeDifference,
    /// Log ratio by ascending round.
    pub differences: Vec<f64>,
}

/// Difference of mean service times per request, in nanoseconds.
#[derive(Clone, Copy)]
pub struct TimeDifference {
    /// Hodges–Lehmann estimate over the rounds.
    pub estimate: f64,
    /// Its interval, at an equal share of the level, so that all pairs' intervals hold jointly.
    pub interval: Interval,
}
