//! Cache of the crate TinyUFO: S3-FIFO with TinyLFU admission.
//!
//! The crate neither counts nor clears its entries. The strategy counts them: it locks one stripe of
//! the keys per write, looks up the key before it puts it, and subtracts the evicted entries.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use tinyufo::TinyUfo as Cache;

/// Number of locks for writes.
const STRIPES: usize = 64;

/// Cache of the crate TinyUFO.
pub struct TinyUfo {
    /// Locked for writes only by `clear`, which replaces the cache.
    cache: RwLock<Cache<Key, Value>>,
    limit: usize,
    stripes: [Mutex<()>; STRIPES],
    /// Signed, because an eviction may be counted before the put of the evicted entry.
    entries: AtomicI64,
}

impl fmt::Debug for TinyUfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TinyUfo").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl TinyUfo {
    #[inline]
    fn cache(&self) -> RwLockReadGuard<'_, Cache<Key, Value>> {
        self.cache.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn stripe(&self, key: Key) -> MutexGuard<'_, ()> {
        let stripe = &self.stripes[(key.0 >> 32) as usize % STRIPES];
        stripe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for TinyUfo {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::S3Fifo, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.cache().get(&key)))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        let cache = self.cache();
        let _stripe = self.stripe(key);
        let is_new = cache.get(&key).is_none();
        let evicted = cache.put(key, value, 1);
        self.entries.fetch_add(i64::from(is_new) - evicted.len() as i64, Relaxed);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let cache = self.cache();
        let _stripe = self.stripe(key);
        let removed = cache.remove(&key).is_some();
        self.entries.fetch_sub(i64::from(removed), Relaxed);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        *cache = Cache::new(self.limit, self.limit);
        self.entries.store(0, Relaxed);
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(u64::try_from(self.entries.load(Relaxed)).unwrap_or(0)))
    }
}

fn open(config: &OpenConfig) -> Result<TinyUfo, OpenError> {
    config.options.reject_unknown(&[])?;
    let limit = config.max_entries()?.get();
    Ok(TinyUfo {
        cache: RwLock::new(Cache::new(limit, limit)),
        limit,
        stripes: [const { Mutex::new(()) }; STRIPES],
        entries: AtomicI64::new(0),
    })
}
