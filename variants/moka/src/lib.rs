//! Concurrent cache of the crate moka, with W-TinyLFU admission.
//!
//! See Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", 2017. A
//! full cache stores a new entry only if its key is requested more often than the key of the entry
//! to evict.

mod expiry;

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Capacity, Eviction, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Snapshot,
    Strategy, Value,
};
use foldhash::fast::FixedState;
use moka::sync::Cache;

use expiry::{Entry, EntryTtl, VirtualExpiry};

/// Cache of the crate moka.
#[derive(Debug)]
pub struct Moka {
    cache: Cache<Key, Entry, FixedState>,
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

    const MODE: Mode = Mode::Sync;

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

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        let entry = self.cache.get(&key);
        if let (Some(expiry), Some(entry)) = (&self.virtual_expiry, &entry)
            && expiry.has_expired(entry)
        {
            self.cache.invalidate(&key);
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
        self.cache.invalidate(&key);
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
    config.options.reject_unknown(&[])?;
    let hasher = FixedState::with_seed(config.seed);
    let virtual_expiry = config.clock.is_virtual().then(|| VirtualExpiry(config.clock.clone()));
    let builder = Cache::builder().expire_after(EntryTtl { enabled: virtual_expiry.is_none() });
    let builder = match config.capacity {
        Capacity::Unbounded => builder,
        Capacity::Entries(entries) => builder.max_capacity(entries),
        Capacity::Bytes(bytes) => {
            builder.max_capacity(bytes).weigher(|_key, entry: &Entry| entry.weight)
        }
    };
    let weighs_bytes = matches!(config.capacity, Capacity::Bytes(_));
    Ok(Moka { cache: builder.build_with_hasher(hasher), weighs_bytes, virtual_expiry })
}
