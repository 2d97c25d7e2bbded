//! Throughput figures of a cell.

use serde::{Deserialize, Serialize};

use crate::results::estimate::Estimate;

/// Requests per second in a closed loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThroughputFigures {
    /// Median over rounds, with its interval.
    pub requests_per_second: Estimate,
    /// Hits divided by reads in the measured windows of all rounds.
    pub window_hit_ratio: Option<f64>,
    /// Processor use of load generator and services; absent unless every read needs a private
    /// service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_use: Option<ProcessorUse>,
    /// Throughput per worker, relative to that with the fewest workers in the same rounds.
    #[serde(default)]
    pub scaling_efficiency: Option<Estimate>,
    /// Requests per second in each of the `rounds`.
    pub samples: Vec<f64>,
    /// Round numbers of the samples, ascending.
    pub rounds: Vec<u32>,
    /// Indexes of outliers in `samples`. Outliers count like all other samples.
    pub outliers: Vec<u32>,
    /// True if the samples form two groups, as on a machine with two speeds. The interval of the
    /// median is then unreliable; paired ratios remain valid.
    pub bimodal: bool,
}

/// Processor use of the load generator and of the services in timed trials, as medians.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessorUse {
    /// Share of the measured time that a worker of the load generator used a processor.
    pub generator: f64,
    /// Share of the measured time that the busiest service used a processor.
    pub service: f64,
}

impl ProcessorUse {
    /// Share above which a thread has no time left for more requests.
    pub const SATURATED: f64 = 0.85;

    /// Returns true if the load generator, not the service, limited the throughput.
    #[must_use]
    pub fn generator_is_limit(&self) -> bool {
        self.generator > Self::SATURATED && self.service < Self::SATURATED
    }
}
