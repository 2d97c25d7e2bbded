//! Size limit of a cache.

/// Size limit that a strategy is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// No limit.
    Unbounded,
    /// Maximum number of entries after [`settle`](crate::Strategy::settle); at least 1.
    Entries(u64),
    /// Maximum number of bytes, counted as the sum of [`PutOptions::weight`](crate::PutOptions).
    Bytes(u64),
}

impl Capacity {
    /// Returns the limit in entries, or `None` if the capacity is in bytes or unlimited.
    #[must_use]
    pub fn entries(self) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Unbounded | Self::Bytes(_) => None,
        }
    }
}
