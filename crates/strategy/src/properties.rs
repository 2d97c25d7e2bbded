//! Properties that a strategy declares. The conformance kit and the driver test them.

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
    /// Kind of size limit that the strategy enforces.
    pub bound: Bound,
    /// True if other processes see the entries that one process puts.
    pub shared: bool,
    /// True if entries survive the end of the process.
    pub persistent: bool,
    /// True if entries expire after their time to live.
    pub ttl: bool,
    /// True if several threads may call the strategy concurrently.
    pub thread_safe: bool,
    /// True if a read after a completed write returns that write. It is only required of one
    /// instance with one worker and one request in flight.
    pub fresh: bool,
    /// True if entries may be refused or dropped while the cache is not full, as by a server with
    /// approximate limits. An admission policy that refuses entries only when the cache is full is
    /// not lossy.
    #[serde(default)]
    pub lossy: bool,
    /// Number of entries by which the cache may exceed its capacity before it evicts them together;
    /// `None` if the cache evicts at each insertion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eviction_batch: Option<u64>,
}
