//! Statistics that a strategy reports about itself.

/// Statistics of a strategy; `None` for what it does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes held, including keys and bookkeeping where the strategy counts them.
    pub bytes: Option<u64>,
    /// Entries evicted since opening because the cache was full.
    pub evictions: Option<u64>,
    /// Entries per tier, the tier closest to the caller first; empty without tiers.
    pub tier_entries: Vec<u64>,
}
