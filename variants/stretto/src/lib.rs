//! Concurrent cache of the crate stretto: TinyLFU admission and sampled eviction by cost.
//!
//! A thread of the crate applies insertions, so a value can be invisible for a while after its put.
//! `put` and `remove` therefore wait for that thread; without it, the crate drops insertions under
//! load. Every entry costs 1, and the crate's own cost per entry is ignored.

use std::fmt;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Eviction, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use foldhash::fast::FixedState;
use stretto::{
    Cache, CacheError, DefaultCacheCallback, DefaultCoster, DefaultKeyBuilder,
    DefaultUpdateValidator,
};

/// Counters per entry of the capacity; the crate recommends ten.
const COUNTERS_PER_ENTRY: usize = 10;

type Inner = Cache<
    Key,
    Value,
    DefaultKeyBuilder<Key>,
    DefaultCoster<Value>,
    DefaultUpdateValidator<Value>,
    DefaultCacheCallback<Value>,
    FixedState,
>;

/// Cache of the crate stretto.
pub struct Stretto {
    cache: Inner,
}

impl fmt::Debug for Stretto {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stretto").field("entries", &self.cache.len()).finish()
    }
}

/// Failure that the crate reports.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct StrettoError(String);

impl From<CacheError> for StrettoError {
    fn from(error: CacheError) -> Self {
        Self(error.to_string())
    }
}

impl Strategy for Stretto {
    type Error = StrettoError;

    const MODE: Mode = Mode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        // The crate may drop an insertion whenever its buffer is full.
        lossy: true,
        evicts: Eviction::TinyLfu,
        ..Properties::LOCAL
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, StrettoError>> {
        ready(Ok(self.cache.get(&key).map(|found| found.value().clone())))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), StrettoError>> {
        let inserted = self.cache.try_insert(key, value, 1).map(|_| ());
        ready(inserted.and_then(|()| self.cache.wait()).map_err(StrettoError::from))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), StrettoError>> {
        let removed = self.cache.try_remove(&key);
        ready(removed.and_then(|()| self.cache.wait()).map_err(StrettoError::from))
    }

    fn clear(&self) -> Ready<Result<(), StrettoError>> {
        let cleared = self.cache.clear();
        ready(cleared.and_then(|()| self.cache.wait()).map_err(StrettoError::from))
    }

    fn len(&self) -> Ready<Result<u64, StrettoError>> {
        ready(Ok(self.cache.len() as u64))
    }

    fn settle(&self) -> Ready<Result<(), StrettoError>> {
        ready(self.cache.wait().map_err(StrettoError::from))
    }
}

fn open(config: &OpenConfig) -> Result<Stretto, OpenError> {
    config.options.reject_unknown(&[])?;
    let entries = config.max_entries()?.get();
    let cost =
        i64::try_from(entries).map_err(|_| OpenError::UnsupportedCapacity(config.capacity))?;
    let counters = entries.saturating_mul(COUNTERS_PER_ENTRY);
    stretto::CacheBuilder::new(counters, cost)
        .set_hasher(FixedState::with_seed(config.seed))
        .set_ignore_internal_cost(true)
        .finalize()
        .map(|cache| Stretto { cache })
        .map_err(|error| OpenError::Failed(error.to_string()))
}
