//! Exact LRU of the crate cached, behind one lock, as its macro `cached` uses it.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use cached::{Cached as _, LruCache};
use foldhash::fast::FixedState;

/// Exact LRU cache of the crate cached.
pub struct Cached {
    entries: Mutex<LruCache<Key, Value, FixedState>>,
}

impl fmt::Debug for Cached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cached").field("entries", &self.entries().cache_size()).finish()
    }
}

impl Cached {
    /// Locks the cache. Ignores poisoning: no operation leaves the cache inconsistent.
    #[inline]
    fn entries(&self) -> MutexGuard<'_, LruCache<Key, Value, FixedState>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Cached {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::Lru, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.entries().cache_get(&key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        let _old = self.entries().cache_set(key, value);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let _old = self.entries().cache_remove(&key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.entries().cache_clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.entries().cache_size() as u64))
    }
}

fn open(config: &OpenConfig) -> Result<Cached, OpenError> {
    config.options.reject_unknown(&[])?;
    LruCache::builder()
        .max_size(config.max_entries()?.get())
        .hasher(FixedState::with_seed(config.seed))
        .build()
        .map(|entries| Cached { entries: Mutex::new(entries) })
        .map_err(|error| OpenError::Failed(error.to_string()))
}
