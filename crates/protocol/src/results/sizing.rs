//! Sizing: memory by number of entries, and the hit ratio possible with a given memory.

use serde::{Deserialize, Serialize};

/// Memory budgets of the sizing table, in bytes: 64 MiB, 256 MiB, 1 GiB and 4 GiB.
pub const BUDGETS_BYTES: [u64; 4] = [64 << 20, 256 << 20, 1 << 30, 4 << 30];

/// Sizing of one variant in one scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sizing {
    /// Index of the variant in the user's order.
    pub index: usize,
    /// Name of the variant.
    pub variant: String,
    /// Measured memory by ascending number of entries, values included.
    pub points: Vec<SizePoint>,
    /// Hit ratio by ascending memory, at the capacities that were replayed.
    pub curve: Vec<MemoryHitRatio>,
    /// Entries and hit ratio for each of [`BUDGETS_BYTES`].
    pub budgets: Vec<MemoryBudget>,
}

/// Measured memory of a cache with a certain number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SizePoint {
    /// Number of entries held.
    pub entries: u64,
    /// Memory of process and services, in bytes.
    pub bytes: f64,
    /// Memory per entry, in bytes.
    pub bytes_per_entry: f64,
    /// Memory per entry without key (8 bytes) and value; absent if the value sizes are not known.
    pub overhead_per_entry: Option<f64>,
}

/// Hit ratio of a variant, with the memory that its entries need.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryHitRatio {
    /// Number of entries.
    pub entries: u64,
    /// Memory that this number of entries needs, in bytes.
    pub bytes: f64,
    /// Exact hit ratio at this number of entries.
    pub hit_ratio: f64,
    /// True if the number of entries is outside the measured memory sizes.
    pub memory_extrapolated: bool,
}

/// Number of entries and hit ratio that fit a memory budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryBudget {
    /// Memory in bytes.
    pub budget_bytes: u64,
    /// Number of entries that fit, at most the number of keys of the workload.
    pub entries: u64,
    /// True if every key of the workload fits.
    pub all_keys_fit: bool,
    /// Hit ratio with that many entries. Absent for a variant without a limit that does not fit.
    pub hit_ratio: Option<f64>,
    /// True if the number of entries is outside the measured memory sizes.
    pub memory_extrapolated: bool,
    /// True if the number of entries is outside the replayed capacities.
    pub hit_ratio_extrapolated: bool,
}
