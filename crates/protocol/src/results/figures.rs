//! Main figures of one variant in one scenario, selected from its cells.

use serde::{Deserialize, Serialize};

use super::cell::{NotComparable, ProcessorUse};
use super::estimate::Estimate;
use crate::Capacity;
use crate::trial::ReplayClock;

/// Figures of one variant in one scenario, at the timed capacity unless stated otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantFigures {
    /// Index of the variant in the user's order; it determines color and shape on the page.
    pub index: usize,
    /// Name of the variant.
    pub variant: String,
    /// Hit ratio: exact, or the midpoint of `hit_ratio_range`.
    pub hit_ratio: Option<f64>,
    /// Lowest and highest hit ratio, if replays differ.
    pub hit_ratio_range: Option<[f64; 2]>,
    /// Hit ratio divided by the optimal bound over the same requests; absent without a size limit.
    pub share_of_optimal: Option<f64>,
    /// Reason why there is no hit ratio, if a replay exceeded its time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit_ratio_absence: Option<String>,
    /// Clock of the strategy and of its servers in the hit-ratio replay.
    #[serde(default)]
    pub clock: Option<ReplayClock>,
    /// Throughput in requests per second.
    pub requests_per_second: Option<Estimate>,
    /// Processor use if the load generator was saturated: the throughput is then a lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_saturated: Option<ProcessorUse>,
    /// True if the throughput samples form two groups.
    pub bimodal: bool,
    /// Service time per request in nanoseconds: median, then lower and upper end of its interval.
    pub time_ns: Option<[f64; 3]>,
    /// Throughput by ascending number of workers.
    pub scaling: Vec<ScalingStep>,
    /// Round trips to a shared cache per request; 0 for an in-process cache.
    pub round_trips: f64,
    /// Share of reads that each tier answered, the nearest tier first; empty with one tier.
    pub tiers: Vec<f64>,
    /// Memory per entry, in bytes.
    pub bytes_per_entry: Option<Estimate>,
    /// Highest resident memory of a runner at the timed capacity or without a limit, in bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Capacity in entries of the replay at the timed capacity.
    pub allowed_entries: Option<u64>,
    /// Number of entries held at the end of the replay that `allowed_entries` refers to.
    pub held_entries: Option<u64>,
    /// Growth of the memory, in bytes: including values if that was measured, otherwise without
    /// them.
    pub growth_bytes: Option<u64>,
    /// Memory by ascending number of entries.
    pub memory: Vec<MemoryPoint>,
    /// Hit ratio by ascending capacity.
    pub curve: Vec<CapacityPoint>,
    /// True if the capacity is set in the server's own configuration.
    pub server_capacity: bool,
    /// Reason why the variant must not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<NotComparable>,
}

/// Throughput with a certain number of workers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalingStep {
    /// Number of workers.
    pub workers: u32,
    /// Requests per second of all workers together.
    pub rate: Estimate,
    /// Throughput per worker, relative to that with the fewest workers.
    pub efficiency: Option<Estimate>,
}

/// Memory of a cache that holds a certain number of entries, including memory of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryPoint {
    /// Number of entries held at the end.
    pub entries: u64,
    /// Growth of the runner's anonymous memory plus the services' memory, in bytes.
    pub bytes: u64,
    /// True if each value was a separate copy, as for the memory meter. In hit-ratio replays all
    /// in-process entries share one body; a service always has its own copies.
    pub with_values: bool,
}

/// Hit ratio at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapacityPoint {
    /// Requested capacity.
    pub capacity: Capacity,
    /// Capacity in entries; absent without a limit.
    pub capacity_entries: Option<u64>,
    /// Hit ratio of the variant at this capacity.
    pub hit_ratio: f64,
    /// Hit ratio of the optimal bound over the same requests at this capacity.
    pub optimal: Option<f64>,
}

/// Highest possible hit ratios at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HitRatioBounds {
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Hit ratio of the optimal cache, which knows the future.
    pub optimal: f64,
    /// Hit ratio of an infinite cache.
    pub infinite: f64,
}

impl CapacityPoint {
    /// Returns the hit ratio divided by the optimal bound; `None` without a limit.
    #[must_use]
    pub fn share_of_optimal(&self) -> Option<f64> {
        let optimal = self.optimal.filter(|&bound| bound > 0.0)?;
        self.capacity_entries.map(|_| self.hit_ratio / optimal)
    }
}
