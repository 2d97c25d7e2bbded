//! Figures of one variant in one scenario at the timed capacity, selected from its cells.

use serde::{Deserialize, Serialize};

use super::cell::NotComparable;
use super::estimate::Estimate;
use crate::Capacity;

/// Figures of one variant in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantFigures {
    /// Index of the variant in the user's order; it decides color and shape on the page.
    pub index: usize,
    /// Its name.
    pub variant: String,
    /// Hit ratio at the timed capacity: exact, or the midpoint of `hit_ratio_range`.
    pub hit_ratio: Option<f64>,
    /// Lowest and highest hit ratio, if replays differ.
    pub hit_ratio_range: Option<[f64; 2]>,
    /// Hit ratio divided by the optimal bound over the same requests; absent without a limit.
    pub share_of_optimal: Option<f64>,
    /// Requests of that replay, if fewer than the workload's.
    pub fewer_requests: Option<u64>,
    /// Throughput.
    pub requests_per_second: Option<Estimate>,
    /// True if its samples fall into two groups.
    pub bimodal: bool,
    /// Service time per request in nanoseconds: median, lower and upper end.
    pub time_ns: Option<[f64; 3]>,
    /// Throughput by ascending number of workers.
    pub scaling: Vec<ScalingStep>,
    /// Round trips to a shared cache per request; 0 for an in-process cache.
    pub round_trips: f64,
    /// Share of the reads that each tier answered, nearest first; empty with one tier.
    pub tiers: Vec<f64>,
    /// Memory per entry.
    pub bytes_per_entry: Option<Estimate>,
    /// Highest resident size of a runner at the timed capacity, or without a limit.
    pub peak_rss_bytes: Option<u64>,
    /// Capacity in entries of the longest replay at the timed capacity.
    pub allowed_entries: Option<u64>,
    /// Entries held at the end of that replay.
    pub held_entries: Option<u64>,
    /// Bytes that the cache grew by: with values if that was measured, otherwise without.
    pub growth_bytes: Option<u64>,
    /// Memory by ascending number of entries.
    pub memory: Vec<MemoryPoint>,
    /// Hit ratio by ascending capacity.
    pub curve: Vec<CapacityPoint>,
    /// True if the server keeps its own capacity.
    pub server_capacity: bool,
    /// Reason why the variant must not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<NotComparable>,
}

/// Throughput with one number of workers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalingStep {
    /// Number of workers.
    pub workers: u32,
    /// Requests per second of all workers together.
    pub rate: Estimate,
    /// Throughput per worker relative to the fewest workers.
    pub efficiency: Option<Estimate>,
}

/// Memory of a cache with a number of entries, services included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryPoint {
    /// Entries held at the end.
    pub entries: u64,
    /// Growth of the runner's anonymous memory plus the services' memory.
    pub bytes: u64,
    /// True if each value was its own copy, as for the memory meter. In hit-ratio replays the
    /// entries of a process share one body; a service always has its own copies.
    pub with_values: bool,
}

/// Hit ratio at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapacityPoint {
    /// Requested capacity.
    pub capacity: Capacity,
    /// The same in entries; absent without a limit.
    pub capacity_entries: Option<u64>,
    /// The hit ratio.
    pub hit_ratio: f64,
    /// Optimal bound over the same requests at the same capacity.
    pub optimal: Option<f64>,
    /// Requests of the replay.
    pub requests: u64,
}

/// Bounds of the hit ratio at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BoundsAtCapacity {
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Requests of the workload.
    pub requests: u64,
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
