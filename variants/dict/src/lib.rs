//! Hash map behind a lock.
//!
//! It never evicts, so it shows the best hit ratio that any cache can reach on a workload, and the
//! memory that this costs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Eviction, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use foldhash::fast::FixedState;

/// Hash map without a size limit.
#[derive(Debug)]
pub struct Dict {
    entries: Mutex<HashMap<Key, Value, FixedState>>,
}

impl Dict {
    /// Locks the map. Ignores poisoning: no operation leaves the map inconsistent.
    #[inline]
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Value, FixedState>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Dict {
    type Error = Infallible;

    const MODE: Mode = Mode::Sync;

    const PROPERTIES: Properties = Properties {
        // The map ignores its capacity.
        bound: Bound::None,
        evicts: Eviction::None,
        ..Properties::LOCAL
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        // Seeded, so that a trial repeats exactly.
        let hasher = FixedState::with_seed(config.seed);
        ready(
            config
                .options
                .reject_unknown(&[])
                .map(|()| Self { entries: Mutex::new(HashMap::with_hasher(hasher)) }),
        )
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.entries().get(&key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _options: PutOptions) -> Ready<Result<(), Infallible>> {
        // Bound to a name, so that the old value is dropped after the lock is released.
        let _old = self.entries().insert(key, value);
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
