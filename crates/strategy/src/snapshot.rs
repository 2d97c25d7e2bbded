//! Statistics that a strategy reports about itself.

/// Statistics that a strategy reports about itself; `None` for each statistic that it does not
/// have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of bytes held. Keys and bookkeeping are included if the strategy counts them.
    pub bytes: Option<u64>,
    /// Number of entries evicted because the cache was full, since it was opened.
    pub evictions: Option<u64>,
    /// Number of entries per tier, the tier closest to the caller first; empty for a cache with one
    /// tier.
    pub tier_entries: Vec<u64>,
}
