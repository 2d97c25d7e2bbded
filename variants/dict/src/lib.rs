//! Hash map behind a lock, or a concurrent map.
//!
//! It never evicts, so it shows the best hit ratio that any cache can reach on a workload, and the
//! memory that this costs.

mod map;

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy,
    Value,
};
use foldhash::fast::FixedState;

use map::{MAPS, Map};

/// Hash map without a size limit.
#[derive(Debug)]
pub struct Dict {
    map: Map,
}

impl Strategy for Dict {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    // The map ignores its capacity.
    const PROPERTIES: Properties =
        Properties { bound: Bound::None, evicts: Eviction::None, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.map.get(key)))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _options: PutOptions) -> Ready<Result<(), Infallible>> {
        self.map.insert(key, value);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        self.map.remove(key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.map.clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.map.len() as u64))
    }
}

fn open(config: &OpenConfig) -> Result<Dict, OpenError> {
    config.options.reject_unknown(&["map"])?;
    // Seeded, so that a trial repeats exactly.
    let hasher = FixedState::with_seed(config.seed);
    let map = Map::new(config.options.choice("map", &MAPS)?, hasher);
    Ok(Dict { map })
}
