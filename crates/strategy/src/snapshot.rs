//! What a strategy can tell about its own state.

/// Figures that a strategy knows; `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes held, keys and bookkeeping included as far as it knows them.
    pub bytes: Option<u64>,
    /// Entries evicted to make room since it was opened.
    pub evictions: Option<u64>,
    /// Entries held by tier, nearest first, where there are tiers.
    pub tier_entries: Vec<u64>,
}
