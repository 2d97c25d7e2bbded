//! How much a cache may hold.

/// The limit that a strategy is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// No limit was asked for.
    Unbounded,
    /// At most this many entries once settled; at least 1.
    Entries(u64),
    /// At most this many bytes, counted as the sum of the weights given to `put`.
    Bytes(u64),
}

impl Capacity {
    /// The limit in entries, where it counts entries.
    #[must_use]
    pub fn entries(self) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Unbounded | Self::Bytes(_) => None,
        }
    }
}
