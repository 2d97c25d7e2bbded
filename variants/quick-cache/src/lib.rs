//! Concurrent cache of the crate quick_cache: Clock-PRO with shards, related to S3-FIFO.
//!
//! A shard has room for an equal share of the capacity, rounded up. It fills up before the others,
//! so the strategy declares `lossy` and `capacity_overshoot`.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Capacity, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions,
    Strategy, Value,
};
use foldhash::fast::FixedState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter, Weighter};

/// Default number of shards, fixed so that results do not depend on the cores of the machine. The
/// crate's own default is four per core.
const SHARDS: usize = 8;
/// Bytes per entry from which the crate computes the number of entries of a capacity in bytes. The
/// crate only needs the order of magnitude.
const ESTIMATED_ENTRY_BYTES: u64 = 1_024;

/// Cache of the crate quick_cache.
#[derive(Debug)]
pub enum QuickCache {
    /// The capacity is in entries.
    Entries(Cache<Key, Value, UnitWeighter, FixedState>),
    /// The capacity is in bytes.
    Bytes(Cache<Key, WeightedValue, ByWeight, FixedState>),
}

/// Value with its weight.
#[derive(Clone, Debug)]
pub struct WeightedValue {
    value: Value,
    weight: u32,
}

/// Weigher that returns the weight of the put.
#[derive(Clone, Copy, Debug)]
pub struct ByWeight;

impl Weighter<Key, WeightedValue> for ByWeight {
    fn weight(&self, _: &Key, entry: &WeightedValue) -> u64 {
        // The crate never evicts an entry of weight 0.
        u64::from(entry.weight.max(1))
    }
}

impl Strategy for QuickCache {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        lossy: true,
        capacity_overshoot: SHARDS as u64 - 1,
        evicts: Eviction::S3Fifo,
        ..Properties::LOCAL
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(match self {
            Self::Entries(cache) => cache.get(&key),
            Self::Bytes(cache) => cache.get(&key).map(|entry| entry.value),
        }))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, options: PutOptions) -> Ready<Result<(), Infallible>> {
        match self {
            Self::Entries(cache) => cache.insert(key, value),
            Self::Bytes(cache) => {
                cache.insert(key, WeightedValue { value, weight: options.weight })
            }
        }
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        match self {
            Self::Entries(cache) => drop(cache.remove(&key)),
            Self::Bytes(cache) => drop(cache.remove(&key)),
        }
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        match self {
            Self::Entries(cache) => cache.clear(),
            Self::Bytes(cache) => cache.clear(),
        }
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(match self {
            Self::Entries(cache) => cache.len(),
            Self::Bytes(cache) => cache.len(),
        } as u64))
    }
}

fn open(config: &OpenConfig) -> Result<QuickCache, OpenError> {
    config.options.reject_unknown(&["shards"])?;
    let shards = config.options.in_range("shards", SHARDS, 1..=SHARDS)?;
    let hasher = FixedState::with_seed(config.seed);
    let options = |entries: u64, weight: u64| {
        OptionsBuilder::new()
            .shards(shards)
            .estimated_items_capacity(usize::try_from(entries).unwrap_or(usize::MAX))
            .weight_capacity(weight)
            .build()
            .map_err(|error| OpenError::Failed(error.to_string()))
    };
    Ok(match config.capacity {
        Capacity::Bytes(bytes) => {
            let options = options((bytes / ESTIMATED_ENTRY_BYTES).max(1), bytes)?;
            let lifecycle = DefaultLifecycle::default();
            QuickCache::Bytes(Cache::with_options(options, ByWeight, hasher, lifecycle))
        }
        _ => {
            let entries = config.max_entries()?.get() as u64;
            let lifecycle = DefaultLifecycle::default();
            let options = options(entries, entries)?;
            QuickCache::Entries(Cache::with_options(options, UnitWeighter, hasher, lifecycle))
        }
    })
}
