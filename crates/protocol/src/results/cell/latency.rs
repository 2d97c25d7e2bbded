//! Latency figures of a cell.

use serde::{Deserialize, Serialize};

use crate::results::estimate::Spread;
use crate::trial::TimingCalibration;

/// Service time per request in a closed loop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatencyFigures {
    /// Percentiles; absent if no request was timed or if a histogram cannot be read.
    pub percentiles: Option<LatencyPercentiles>,
    /// Hits divided by reads in the measured windows of all rounds.
    pub window_hit_ratio: Option<f64>,
    /// 99th percentile in each of the `rounds`, in nanoseconds.
    pub samples: Vec<f64>,
    /// Round numbers of the samples, ascending.
    pub rounds: Vec<u32>,
}

/// Percentiles of the time per request, in nanoseconds, from the merged histograms of all rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatencyPercentiles {
    /// Median.
    pub p50: Spread,
    /// 90th percentile.
    pub p90: Spread,
    /// 99th percentile.
    pub p99: Spread,
    /// 99.9th percentile.
    pub p99_9: Spread,
    /// Longest time of a request.
    pub max: Spread,
    /// Points for a plot: percentile (0 to 100) and nanoseconds, ascending.
    pub curve: Vec<[f64; 2]>,
    /// Number of timed requests.
    pub timed: u64,
    /// Calibration of the timing, as medians over rounds.
    #[serde(default)]
    pub timing: Option<TimingCalibration>,
    /// Time that reading the clock adds to every measured time, in nanoseconds. Absent unless it is
    /// more than a tenth of the median.
    #[serde(default)]
    pub significant_clock_ns: Option<f64>,
}
