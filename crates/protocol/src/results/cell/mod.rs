//! Cells: the figures of one variant in one scenario at one capacity and load, by one meter.

mod latency;
mod memory;
mod response_time;
mod throughput;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use crate::Capacity;
use crate::PacedOutcome;
use crate::deciding::DecidingQuantity;
use crate::trial::{Load, Meter, ReplayClock, TenantCounts};

pub use latency::{LatencyFigures, LatencyPercentiles};
pub use memory::{MemoryFigures, MemoryGrowthFigures};
pub use response_time::{HighestRate, RateFigures, RateRange, ResponseTimeFigures};
pub use throughput::{ProcessorUse, ThroughputFigures};

/// Figures of one variant in one scenario at one capacity and load, by one meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cell {
    /// Name of the variant.
    pub variant: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Requested capacity.
    pub capacity: Capacity,
    /// Capacity in entries; absent without a limit.
    pub capacity_entries: Option<u64>,
    /// Concurrency of the requests.
    pub load: Load,
    /// True if the capacity is set in the server's own configuration, which Bakeoff does not
    /// change.
    #[serde(default)]
    pub server_capacity: bool,
    /// Most entries held at the end of a trial.
    pub entries_held: Option<u64>,
    /// Highest resident memory of a runner, in bytes. Absent for paced replays, because their
    /// timelines occupy much of it.
    pub peak_rss_bytes: Option<u64>,
    /// Reason why the cell must not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<NotComparable>,
    /// Figures of the meter. The JSON field `meter` names it.
    #[serde(flatten)]
    pub measurement: Measurement,
}

/// Figures of one cell, by meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "meter", rename_all = "kebab-case")]
pub enum Measurement {
    /// Exact hit ratios, counted over whole replays.
    HitRatio(HitRatioFigures),
    /// Requests per second in a closed loop.
    Throughput(ThroughputFigures),
    /// Service time per request in a closed loop.
    Latency(LatencyFigures),
    /// Response time per request at fixed request rates.
    ResponseTime(ResponseTimeFigures),
    /// Memory of a filled cache.
    Memory(MemoryFigures),
    /// Processor instructions per request.
    Instructions(InstructionFigures),
    /// Staleness, origin load and faults of paced replays.
    Paced(Box<PacedFigures>),
}

/// Exact hit ratios, counted over whole replays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HitRatioFigures {
    /// Number of requests in one replay.
    pub requests: u64,
    /// Hits divided by reads; absent if the replays differ.
    pub hit_ratio: Option<f64>,
    /// Lowest and highest hit ratio of the replays.
    pub hit_ratio_range: Option<[f64; 2]>,
    /// Hit ratio without the requests of the scenario's warm-up.
    pub hit_ratio_after_warmup: Option<f64>,
    /// Bytes of the reads that were hits, divided by the bytes of all reads.
    pub byte_hit_ratio: Option<f64>,
    /// Reads and hits of each tenant, by tenant number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_tenant: Vec<TenantCounts>,
    /// Hit ratio of the optimal bound over the same requests at the same capacity.
    pub optimal_hit_ratio: Option<f64>,
    /// Hit ratio of an infinite cache over the same requests.
    pub infinite_hit_ratio: Option<f64>,
    /// Clock of the strategy and of its servers in the latest replay.
    pub clock: Option<ReplayClock>,
}

/// Processor instructions per request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstructionFigures {
    /// Median over trials.
    pub instructions_per_request: Option<Estimate>,
    /// Instructions per request of each trial, ascending.
    pub samples: Vec<f64>,
}

/// Outcome of paced replays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PacedFigures {
    /// Outcome of the replay with the median value of the first paced deciding quantity.
    pub paced: PacedOutcome,
    /// Values of every paced deciding quantity, one per replay.
    #[serde(default)]
    pub samples: BTreeMap<DecidingQuantity, Vec<f64>>,
}

/// Reason why figures must not be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotComparable {
    /// The capacity is set in the server's own configuration.
    ServerCapacity,
    /// A latency histogram cannot be read.
    UnreadableHistogram {
        /// Error message.
        message: String,
    },
}

impl HitRatioFigures {
    /// Returns the hit ratio, or the midpoint of its range if the replays differ.
    #[must_use]
    pub fn middle(&self) -> Option<f64> {
        self.hit_ratio.or(self.hit_ratio_range.map(|[low, high]| f64::midpoint(low, high)))
    }
}

impl Cell {
    /// Returns the meter of the figures.
    #[must_use]
    pub const fn meter(&self) -> Meter {
        match self.measurement {
            Measurement::HitRatio(_) => Meter::HitRatio,
            Measurement::Throughput(_) => Meter::Throughput,
            Measurement::Latency(_) => Meter::Latency,
            Measurement::ResponseTime(_) => Meter::ResponseTime,
            Measurement::Memory(_) => Meter::Memory,
            Measurement::Instructions(_) => Meter::Instructions,
            Measurement::Paced(_) => Meter::Paced,
        }
    }

    /// Returns the hit-ratio figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn hit_ratio(&self) -> Option<&HitRatioFigures> {
        match &self.measurement {
            Measurement::HitRatio(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the throughput figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn throughput(&self) -> Option<&ThroughputFigures> {
        match &self.measurement {
            Measurement::Throughput(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the latency figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn latency(&self) -> Option<&LatencyFigures> {
        match &self.measurement {
            Measurement::Latency(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the response-time figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn response_time(&self) -> Option<&ResponseTimeFigures> {
        match &self.measurement {
            Measurement::ResponseTime(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the memory figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn memory(&self) -> Option<&MemoryFigures> {
        match &self.measurement {
            Measurement::Memory(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the instruction figures; `None` if the cell has another meter.
    #[must_use]
    pub const fn instructions(&self) -> Option<&InstructionFigures> {
        match &self.measurement {
            Measurement::Instructions(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the paced figures; `None` if the cell has another meter.
    #[must_use]
    pub fn paced(&self) -> Option<&PacedFigures> {
        match &self.measurement {
            Measurement::Paced(figures) => Some(figures),
            _ => None,
        }
    }

    /// Returns the samples of the meter; empty for hit ratio, response time and paced replays.
    #[must_use]
    pub fn samples(&self) -> &[f64] {
        match &self.measurement {
            Measurement::Throughput(figures) => &figures.samples,
            Measurement::Latency(figures) => &figures.samples,
            Measurement::Memory(figures) => &figures.samples,
            Measurement::Instructions(figures) => &figures.samples,
            Measurement::HitRatio(_) | Measurement::ResponseTime(_) | Measurement::Paced(_) => &[],
        }
    }
}
