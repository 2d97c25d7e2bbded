//! In-memory cache of the crate foyer, with a choice of eviction policies.
//!
//! A shard has an equal share of the capacity and fills up before the others, so the strategy
//! declares `lossy`. With `shards = 1` the policies `fifo` and `sieve` are exact.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Options, Properties, PutOptions,
    Strategy, Value,
};
use foldhash::fast::FixedState;
use foyer::{
    Cache, CacheBuilder, EvictionConfig, FifoConfig, LfuConfig, LruConfig, S3FifoConfig,
    SieveConfig,
};

/// Names of the policies; the first is the default of the crate.
const POLICIES: [&str; 5] = ["lru", "lfu", "fifo", "s3fifo", "sieve"];
/// Number of entries that concurrent readers may pin.
const MAX_READERS: u64 = 64;
/// Default number of shards of the crate.
const SHARDS: usize = 8;

/// In-memory cache of the crate foyer.
#[derive(Debug)]
pub struct Foyer {
    cache: Cache<Key, Value, FixedState>,
}

impl Strategy for Foyer {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        lossy: true,
        // A reader pins its entry, and the crate inserts although it cannot evict.
        capacity_overshoot: MAX_READERS,
        ..Properties::LOCAL
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    fn properties(options: &Options) -> Properties {
        // One shard keeps every entry that fits.
        let lossy = options.get("shards", SHARDS) != Ok(1);
        Properties { lossy, evicts: eviction(options), ..Self::PROPERTIES }
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.cache.get(&key).map(|entry| entry.value().clone())))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        drop(self.cache.insert(key, value));
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        drop(self.cache.remove(&key));
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.cache.clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.cache.entries() as u64))
    }
}

/// Returns the policy that the options choose.
fn eviction(options: &Options) -> Eviction {
    match options.choice("policy", &POLICIES) {
        Ok("lfu") => Eviction::TinyLfu,
        Ok("fifo") => Eviction::Fifo,
        Ok("s3fifo") => Eviction::S3Fifo,
        Ok("sieve") => Eviction::Sieve,
        // The pool for entries of high priority stays empty, because none is declared.
        _ => Eviction::Lru,
    }
}

fn open(config: &OpenConfig) -> Result<Foyer, OpenError> {
    config.options.reject_unknown(&["policy", "shards"])?;
    let policy: EvictionConfig = match config.options.choice("policy", &POLICIES)? {
        "lfu" => LfuConfig::default().into(),
        "fifo" => FifoConfig::default().into(),
        "s3fifo" => S3FifoConfig::default().into(),
        "sieve" => SieveConfig.into(),
        _ => LruConfig::default().into(),
    };
    let shards = config.options.in_range("shards", SHARDS, 1..)?;
    let entries = config.max_entries()?.get();
    let cache = CacheBuilder::new(entries)
        // A shard without a share of the capacity would still hold one entry.
        .with_shards(shards.min(entries))
        .with_eviction_config(policy)
        .with_hash_builder(FixedState::with_seed(config.seed))
        .build();
    Ok(Foyer { cache })
}
