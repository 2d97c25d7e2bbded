//! Response time per request at fixed request rates, and the highest rate within a limit of p99.

use serde::{Deserialize, Serialize};

use super::latency::LatencyPercentiles;
use crate::results::estimate::Estimate;

/// Response time per request at fixed request rates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResponseTimeFigures {
    /// Figures at each measured rate, ascending.
    pub rates: Vec<RateFigures>,
    /// Highest rate at which p99 is within the scenario's limit; absent without a complete sweep.
    pub highest_rate: Option<HighestRate>,
    /// Hits divided by reads in the measured windows of all rounds.
    pub window_hit_ratio: Option<f64>,
}

/// Response time at one request rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateFigures {
    /// Scheduled arrivals per second.
    pub requests_per_second: u32,
    /// True if the variant cannot sustain the rate: it was saturated in at least half of the
    /// rounds. Its response times then depend on the duration of the measurement.
    pub saturated: bool,
    /// Number of rounds in which the variant was saturated.
    pub saturated_rounds: u32,
    /// Median of the completed rate as a share of the scheduled rate.
    pub completed_share: f64,
    /// Share of requests that were sent late.
    pub missed_share: f64,
    /// Percentiles of the response time, each the median over the rounds; absent if a histogram
    /// cannot be read.
    pub percentiles: Option<LatencyPercentiles>,
    /// 99th percentile in each of the `rounds`, in nanoseconds.
    pub samples: Vec<f64>,
    /// Round numbers of the samples, ascending.
    pub rounds: Vec<u32>,
}

/// Highest request rate at which p99 is within a limit, interpolated between the measured rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HighestRate {
    /// Limit of p99, in nanoseconds.
    pub p99_limit_ns: u64,
    /// Median over rounds, in requests per second. A round outside the measured rates counts with
    /// the nearest measured rate.
    pub requests_per_second: Estimate,
    /// Position of the median in the measured rates.
    pub within: RateRange,
    /// True if the upper end of the interval is only a lower bound, because p99 was within the limit
    /// at every measured rate.
    pub high_is_lower_bound: bool,
}

/// Position of the highest rate in the range of measured rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RateRange {
    /// The limit is exceeded at every measured rate.
    BelowMeasured,
    /// The highest rate is between two measured rates.
    Measured,
    /// The limit holds at the highest measured rate.
    AtOrAboveMeasured,
}

impl ResponseTimeFigures {
    /// Returns the lowest rate that the variant cannot sustain.
    #[must_use]
    pub fn saturated_at(&self) -> Option<u32> {
        self.rates.iter().find(|at| at.saturated).map(|at| at.requests_per_second)
    }

    /// Returns the figures at a rate; `None` if it was not measured.
    #[must_use]
    pub fn at(&self, requests_per_second: u32) -> Option<&RateFigures> {
        self.rates.iter().find(|at| at.requests_per_second == requests_per_second)
    }
}
