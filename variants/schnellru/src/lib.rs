//! Exact LRU of the crate schnellru, behind one lock.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use foldhash::fast::FixedState;
use schnellru::{ByLength, LruMap};

/// Exact LRU cache of the crate schnellru.
pub struct SchnellLru {
    entries: Mutex<LruMap<Key, Value, ByLength, FixedState>>,
}

impl fmt::Debug for SchnellLru {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SchnellLru").field("entries", &self.entries().len()).finish()
    }
}

impl SchnellLru {
    /// Locks the cache. Ignores poisoning: no operation leaves the cache inconsistent.
    #[inline]
    fn entries(&self) -> MutexGuard<'_, LruMap<Key, Value, ByLength, FixedState>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for SchnellLru {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::Lru, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.entries().get(&key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        self.entries().insert(key, value);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let _old = self.entries().remove(&key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.entries().clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.entries().len() as u64))
    }
}

fn open(config: &OpenConfig) -> Result<SchnellLru, OpenError> {
    config.options.reject_unknown(&[])?;
    // The crate counts entries in 32 bits.
    let limit = u32::try_from(config.max_entries()?.get())
        .map_err(|_| OpenError::UnsupportedCapacity(config.capacity))?;
    let hasher = FixedState::with_seed(config.seed);
    Ok(SchnellLru { entries: Mutex::new(LruMap::with_hasher(ByLength::new(limit), hasher)) })
}
