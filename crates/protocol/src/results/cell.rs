//! Cells: the figures of one variant in one scenario at one capacity and load, by one meter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Spread};
use super::response_time::ResponseTimeFigures;
use crate::Capacity;
use crate::PacedOutcome;
use crate::deciding::DecidingQuantity;
use crate::trial::{Load, Meter, ReplayClock, TenantCounts, TimingCalibration};

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

/// Memory of a filled cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryFigures {
    /// Bytes per entry, including those that services hold.
    pub bytes_per_entry: Option<Estimate>,
    /// Bytes per entry that services hold.
    #[serde(default)]
    pub service_bytes_per_entry: Option<f64>,
    /// Highest number of bytes that private services held at once.
    #[serde(default)]
    pub service_peak_bytes: Option<u64>,
    /// Bytes per entry of each trial, ascending.
    pub samples: Vec<f64>,
    /// Mean size of the values that were put, in bytes; absent if no read missed.
    #[serde(default)]
    pub mean_value_bytes: Option<f64>,
    /// Growth of the memory while the content was replaced. Absent without a limit, and for a cache
    /// whose server limits its memory.
    #[serde(default)]
    pub growth: Option<MemoryGrowthFigures>,
}

/// Growth of a full cache's memory while its content was replaced several times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryGrowthFigures {
    /// Number of times that the content was replaced.
    pub turnovers: f64,
    /// Memory after the second pass, in bytes.
    pub from_bytes: u64,
    /// Memory after half of the passes that follow, in bytes.
    pub middle_bytes: u64,
    /// Memory after the last pass, in bytes.
    pub to_bytes: u64,
    /// True if the memory grew by more than the tolerance in both halves.
    pub grows: bool,
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
