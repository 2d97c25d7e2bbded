//! Concurrent cache of the crate mini-moka: W-TinyLFU admission with fewer features than moka.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use foldhash::fast::FixedState;
use mini_moka::sync::{Cache, ConcurrentCacheExt};

/// Maximum number of housekeeping passes in `settle`; one pass evicts a batch of entries.
const MAX_PASSES: u32 = 10_000;

/// Cache of the crate mini-moka.
#[derive(Debug)]
pub struct MiniMoka {
    cache: Cache<Key, Value, FixedState>,
}

impl MiniMoka {
    /// Repeats housekeeping until the number of entries no longer changes.
    fn finish_housekeeping(&self) {
        let mut entries = u64::MAX;
        for _ in 0..MAX_PASSES {
            self.cache.sync();
            let held = self.cache.entry_count();
            if held == entries {
                return;
            }
            entries = held;
        }
    }
}

impl Strategy for MiniMoka {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        // Up to 6 · 64 writes wait in the write buffer, and a few more are in progress.
        eviction_batch: Some(512),
        evicts: Eviction::TinyLfu,
        ..Properties::LOCAL
    };

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
        self.cache.invalidate(&key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        // `invalidate_all` only marks entries; they count against the capacity until processed.
        self.cache.invalidate_all();
        self.finish_housekeeping();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.cache.entry_count()))
    }

    // Housekeeping runs in batches; until then, the cache may exceed its capacity.
    fn settle(&self) -> Ready<Result<(), Infallible>> {
        self.finish_housekeeping();
        ready(Ok(()))
    }
}

fn open(config: &OpenConfig) -> Result<MiniMoka, OpenError> {
    config.options.reject_unknown(&[])?;
    let cache = Cache::builder()
        .max_capacity(config.max_entries()?.get() as u64)
        .build_with_hasher(FixedState::with_seed(config.seed));
    Ok(MiniMoka { cache })
}
