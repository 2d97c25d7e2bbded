//! Reference rows: no cache, infinite cache and optimal bound, and the break-even of each variant.

use serde::{Deserialize, Serialize};

use super::estimate::Estimate;

/// Figures without a cache and of ideal caches, for comparison with the variants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reference {
    /// Miss cost of the access times in this record, in nanoseconds.
    pub miss_cost_ns: f64,
    /// No cache, infinite cache and optimal bound, as far as they are known.
    pub rows: Vec<ReferenceRow>,
    /// Break-even of each variant whose lookup and store were timed, in the user's order.
    pub break_even: Vec<BreakEven>,
    /// Present if the mean access time is lowest without a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_cache_lowest: Option<NoCacheLowest>,
}

/// Kind of reference row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// Every read goes to the origin.
    NoCache,
    /// Cache without a limit.
    InfiniteCache,
    /// Belady's algorithm with bypass at the timed capacity.
    OptimalBound,
}

/// Row of the main table that is not a variant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReferenceRow {
    /// Kind of the row.
    pub kind: ReferenceKind,
    /// Hit ratio over the whole workload.
    pub hit_ratio: f64,
    /// Number of entries held; 0 without a cache.
    pub entries: u64,
    /// Mean access time at the miss cost of this record, in nanoseconds, with a service time of 0.
    pub access_time_ns: f64,
    /// Requests per second of one worker with one request in flight; absent for a bound.
    pub requests_per_second: Option<f64>,
}

/// Hit ratio and miss cost at which a variant is as fast as running without a cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BreakEven {
    /// Name of the variant.
    pub variant: String,
    /// Time of a lookup in nanoseconds: median over rounds.
    pub lookup_ns: Estimate,
    /// Time of a store after a miss in nanoseconds: median over rounds.
    pub store_ns: Estimate,
    /// Break-even hit ratio at the miss cost of this record: (lookup + store) / (m + store).
    ///
    /// Above 1, no hit ratio makes the cache worth it.
    pub hit_ratio: f64,
    /// Hit ratio of the variant minus its break-even hit ratio; absent without a hit ratio.
    pub margin: Option<f64>,
    /// Miss cost, in nanoseconds, below which running without a cache is faster than the variant.
    ///
    /// Absent for a hit ratio of 0: running without a cache is then always faster.
    pub miss_cost_ns: Option<f64>,
}

/// Result that the mean access time without a cache is lower than with any eligible variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoCacheLowest {
    /// Mean access time without a cache, in nanoseconds.
    pub access_time_ns: f64,
    /// Eligible variant with the lowest mean access time.
    pub closest: String,
    /// Mean access time of that variant in nanoseconds: estimate, lower and upper end.
    pub closest_ns: [f64; 3],
    /// True if the interval of every eligible variant is above the time without a cache.
    pub confirmed: bool,
}
