//! The crate moka: a concurrent cache with W-TinyLFU admission (Einziger, Friedman and Manes,
//! "TinyLFU: A Highly Efficient Cache Admission Policy", 2017): a newcomer is kept only if it is
//! asked for more often than the entry that it would push out.

mod expiry;

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Capacity, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Snapshot, Strategy,
    Value,
};
use foldhash::fast::FixedState;
use moka::sync::Cache;

use expiry::{Entry, OwnTime};

/// A cache of the crate moka.
#[derive(Debug)]
pub struct Moka {
    cache: Cache<Key, Entry, FixedState>,
    weighed: bool,
}

impl Moka {
    /// An entry that grows and is removed while its growth is still queued is taken off the sum
    /// of weights at its new weight, though it was added at its old one: the sum drifts down, and
    /// the cache holds more bytes than it may (moka 0.12.16; the kit's `capacity-bytes` shows
    /// it). Removals are rare; those of a cache that counts entries have nothing to fear.
    #[inline]
    fn finish_updates(&self) {
        if self.weighed {
            self.cache.run_pending_tasks();
        }
    }
}

impl Strategy for Moka {
    type Error = Infallible;

    const MODE: Mode = Mode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        shared: false,
        persistent: false,
        ttl: true,
        thread_safe: true,
        fresh: true,
        // Admission turns newcomers away only when the cache is full.
        lossy: false,
        // Up to 6 · 64 writes wait in moka's write buffer, and a few more are in progress.
        eviction_batch: Some(512),
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.cache.get(&key).map(|entry| entry.value)))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, options: PutOptions) -> Ready<Result<(), Infallible>> {
        self.cache.insert(key, Entry { value, weight: options.weight, ttl: options.ttl });
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
        // Entries are only marked, and count against the capacity until they are swept up.
        self.cache.invalidate_all();
        self.cache.run_pending_tasks();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.cache.entry_count()))
    }

    // Writes are queued and evictions batched; until they are done, more entries than the
    // capacity allows may answer.
    fn settle(&self) -> Ready<Result<(), Infallible>> {
        self.cache.run_pending_tasks();
        ready(Ok(()))
    }

    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Infallible>> + Send {
        // What it counts is the weights that it was given, which are bytes only where it weighs.
        let bytes = self.weighed.then(|| self.cache.weighted_size());
        ready(Ok(Snapshot { bytes, ..Snapshot::default() }))
    }
}

fn open(config: &OpenConfig) -> Result<Moka, OpenError> {
    config.options.reject_unknown(&[])?;
    let hasher = FixedState::with_seed(config.seed);
    let builder = Cache::builder().expire_after(OwnTime);
    let builder = match config.capacity {
        Capacity::Unbounded => builder,
        Capacity::Entries(entries) => builder.max_capacity(entries),
        Capacity::Bytes(bytes) => {
            builder.max_capacity(bytes).weigher(|_key, entry: &Entry| entry.weight)
        }
    };
    let weighed = matches!(config.capacity, Capacity::Bytes(_));
    Ok(Moka { cache: builder.build_with_hasher(hasher), weighed })
}
