//! SIEVE of the crate sieve-cache, behind one lock.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use foldhash::fast::FixedState;
use sieve_cache::SyncSieveCache;

/// Cache of the crate sieve-cache.
#[derive(Debug)]
pub struct SieveCache {
    cache: SyncSieveCache<Key, Value, FixedState>,
}

impl Strategy for SieveCache {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::Sieve, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.cache.get(&key)))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        self.cache.insert(key, value);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let _old = self.cache.remove(&key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.cache.clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.cache.len() as u64))
    }
}

fn open(config: &OpenConfig) -> Result<SieveCache, OpenError> {
    config.options.reject_unknown(&[])?;
    let hasher = FixedState::with_seed(config.seed);
    SyncSieveCache::new_with_hasher(config.max_entries()?.get(), hasher)
        .map(|cache| SieveCache { cache })
        .map_err(|message| OpenError::Failed(message.to_owned()))
}
