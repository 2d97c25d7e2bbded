//! Size limit of a cache.

use serde::{Deserialize, Serialize};

/// Size limit that a strategy is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
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
    pub const fn entries(self) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Unbounded | Self::Bytes(_) => None,
        }
    }

    /// Returns true if the capacity is in bytes.
    #[must_use]
    pub const fn is_in_bytes(self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}
