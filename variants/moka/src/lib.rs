//! Concurrent cache of the crate moka, with W-TinyLFU admission.
//!
//! See Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017. A
//! full cache stores a new entry only if its key is requested more often than the key of the entry
//! to evict.

mod expiry;
mod inner;

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Capacity, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Options, Properties,
    PutOptions, Snapshot, Strategy, Value,
};
use foldhash::fast::FixedState;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use expiry::{Entry, EntryTtl, VirtualExpiry};
use inner::Inner;

/// Names of the policies; the first is the default of the crate.
const POLICIES: [&str; 2] = ["tiny_lfu", "lru"];

/// Cache of the crate moka.
#[derive(Debug)]
pub struct Moka {
    cache: Inner,
    /// True if the capacity is in bytes.
    weighs_bytes: bool,
    /// Expiry on a virtual clock; `None` on the system's clock.
    virtual_expiry: Option<VirtualExpiry>,
}

impl Moka {
    /// Processes queued writes before a removal, if the capacity is in bytes.
    ///
    /// Works around a defect of moka 0.12.16, which the rule `capacity-bytes` of the conformance
    /// kit detects: if an entry is overwritten by a larger one and removed before the write is
    /// processed, moka subtracts the new weight but never added it. The total weight becomes too
    /// low, and the cache exceeds its capacity. A capacity in entries is not affected.
    #[inline]
    fn finish_updates(&self) {
        if self.weighs_bytes {
            self.cache.run_pending_tasks();
        }
    }
}

impl Strategy for Moka {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        ttl: true,
        // Up to 6 · 64 writes wait in moka's write buffer, and a few more are in progress.
        eviction_batch: Some(512),
        evicts: Eviction::TinyLfu,
        ..Properties::LOCAL
    };

    const SUPPORTS_VIRTUAL_CLOCK: bool = true;

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    fn properties(options: &Options) -> Properties {
        // A segment fills up before the others.
        let lossy = options.get("segments", 1) != Ok(1);
        let is_lru = options.choice("policy", &POLICIES) == Ok("lru");
        // Recency is recorded in batches, so LRU is not exact.
        let evicts = if is_lru { Eviction::Other } else { Eviction::TinyLfu };
        Properties { lossy, evicts, ..Self::PROPERTIES }
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        let entry = self.cache.get(key);
        if let (Some(expiry), Some(entry)) = (&self.virtual_expiry, &entry)
            && expiry.has_expired(entry)
        {
            self.cache.invalidate(key);
            return ready(Ok(None));
        }
        ready(Ok(entry.map(|entry| entry.value)))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, options: PutOptions) -> Ready<Result<(), Infallible>> {
        let ttl = match &self.virtual_expiry {
            None => options.ttl,
            Some(expiry) => options.ttl.map(|ttl| expiry.deadline(ttl)),
        };
        self.cache.insert(key, Entry { value, weight: options.weight, ttl });
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        self.finish_updates();
        self.cache.invalidate(key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.finish_updates();
        // `invalidate_all` only marks entries; they count against the capacity until processed.
        self.cache.invalidate_all();
        self.cache.run_pending_tasks();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.cache.entry_count()))
    }

    // Moka processes writes and evictions in batches; until then, the cache may exceed its
    // capacity.
    fn settle(&self) -> Ready<Result<(), Infallible>> {
        self.cache.run_pending_tasks();
        ready(Ok(()))
    }

    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Infallible>> + Send {
        let bytes = self.weighs_bytes.then(|| self.cache.weighted_size());
        ready(Ok(Snapshot { bytes, ..Snapshot::default() }))
    }
}

fn open(config: &OpenConfig) -> Result<Moka, OpenError> {
    config.options.reject_unknown(&["policy", "segments"])?;
    let hasher = FixedState::with_seed(config.seed);
    let virtual_expiry = config.clock.is_virtual().then(|| VirtualExpiry(config.clock.clone()));
    let policy = match config.options.choice("policy", &POLICIES)? {
        "lru" => EvictionPolicy::lru(),
        _ => EvictionPolicy::tiny_lfu(),
    };
    // A limit in bytes is not split into segments.
    let most = if config.capacity.is_in_bytes() { 1 } else { usize::MAX };
    let segments = config.options.in_range("segments", 1, 1..=most)?;
    let expiry = EntryTtl { enabled: virtual_expiry.is_none() };
    let builder = Cache::builder().expire_after(expiry).eviction_policy(policy);
    if let (Capacity::Entries(entries), 2..) = (config.capacity, segments) {
        // The crate takes a power of two, and rounds the share of each segment up.
        let segments = largest_power_of_two(segments.min(usize::try_from(entries).unwrap_or(1)));
        let entries = entries - entries % segments as u64;
        let cache = builder.segments(segments).max_capacity(entries).build_with_hasher(hasher);
        return Ok(Moka { cache: Inner::Segmented(cache), weighs_bytes: false, virtual_expiry });
    }
    let builder = match config.capacity {
        Capacity::Unbounded => builder,
        Capacity::Entries(entries) => builder.max_capacity(entries),
        Capacity::Bytes(bytes) => {
            builder.max_capacity(bytes).weigher(|_key, entry: &Entry| entry.weight)
        }
    };
    let weighs_bytes = matches!(config.capacity, Capacity::Bytes(_));
    let cache = Inner::Whole(builder.build_with_hasher(hasher));
    Ok(Moka { cache, weighs_bytes, virtual_expiry })
}

const fn largest_power_of_two(at_most: usize) -> usize {
    1 << at_most.ilog2()
}
