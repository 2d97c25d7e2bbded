//! Properties that a strategy declares and that are then tested.

use serde::{Deserialize, Serialize};

/// Kind of size limit that a strategy enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// No limit: the cache grows with the number of keys.
    None,
    /// Number of entries.
    Entries,
    /// Number of bytes.
    Bytes,
    /// Number of entries or of bytes, depending on the capacity.
    EntriesOrBytes,
    /// Memory limit of a server, set by the driver (`maxmemory` of Redis).
    ServerMemory,
}

impl Bound {
    /// Returns true unless the cache has no limit.
    #[must_use]
    pub const fn is_bounded(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// Properties that a strategy declares.
///
/// The conformance kit tests them; the driver tests `shared` and `persistent` with further
/// processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Properties {
    /// Size limit that the strategy enforces.
    pub bound: Bound,
    /// Other processes see the entries that one process puts.
    pub shared: bool,
    /// Entries survive the end of the process.
    pub persistent: bool,
    /// Entries expire after their time to live.
    pub ttl: bool,
    /// Several threads may call the strategy concurrently.
    pub thread_safe: bool,
    /// A read after a completed write returns that write, given one instance, one worker and one
    /// request in flight.
    pub fresh: bool,
    /// Entries may be refused or dropped while the cache is not full (a server with approximate
    /// limits). Admission policies that refuse entries only when the cache is full are not lossy.
    #[serde(default)]
    pub lossy: bool,
    /// Number of entries that the cache may hold above its capacity before it evicts them together;
    /// `None` if each insertion evicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eviction_batch: Option<u64>,
}
