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

/// Policy by which a full cache chooses the entry to evict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Eviction {
    /// Nothing is evicted.
    None,
    /// Least recently used entry. The rule `eviction` of the kit tests it against a model.
    Lru,
    /// Oldest entry. The rule `eviction` of the kit tests it against a model.
    Fifo,
    /// CLOCK with one reference bit. The rule `eviction` of the kit tests it against a model.
    Clock,
    /// SIEVE (Zhang et al., NSDI 2024). The rule `eviction` of the kit tests it against a model.
    Sieve,
    /// S3-FIFO, or a policy derived from it.
    S3Fifo,
    /// Least frequently used entry, by any count and any rule for equal counts.
    Lfu,
    /// LRU with admission by estimated frequency (TinyLFU, W-TinyLFU).
    TinyLfu,
    /// Least recently used of a sample of entries, as in Redis.
    SampledLru,
    /// Another policy.
    #[default]
    Other,
}

impl Eviction {
    /// Returns true if the policy has one exact definition, so that a model can predict each hit.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Lru | Self::Fifo | Self::Clock | Self::Sieve)
    }
}

/// Properties that a strategy declares.
///
/// [`Properties::LOCAL`] is a base for strategies in one process: `Properties { bound:
/// Bound::Entries, ..Properties::LOCAL }`.
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
    /// True if entries may be refused or dropped while the cache is not full.
    ///
    /// Examples are a server with approximate limits, and a sharded cache, in which one shard fills
    /// up before the others. An admission policy that refuses entries only when the cache is full
    /// is not lossy.
    #[serde(default)]
    pub lossy: bool,
    /// Number of entries by which the cache may exceed its capacity before it evicts them together;
    /// `None` if the cache evicts at each insertion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eviction_batch: Option<u64>,
    /// Number of entries by which the cache may exceed its capacity even after
    /// [`settle`](crate::Strategy::settle); 0 if the limit is exact.
    ///
    /// A sharded cache that rounds the share of each shard up has one less than its shards.
    #[serde(default)]
    pub capacity_overshoot: u64,
    /// Policy by which a full cache chooses the entry to evict. If it depends on an option, override
    /// [`properties`](crate::Strategy::properties).
    #[serde(default)]
    pub evicts: Eviction,
}

impl Properties {
    /// Properties of an unbounded, thread-safe cache in this process without a time to live.
    pub const LOCAL: Self = Self {
        bound: Bound::None,
        shared: false,
        persistent: false,
        ttl: false,
        thread_safe: true,
        fresh: true,
        lossy: false,
        eviction_batch: None,
        capacity_overshoot: 0,
        evicts: Eviction::Other,
    };
}
