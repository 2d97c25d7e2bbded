//! A hash map behind a lock: the simplest thing that remembers. It never forgets, so it shows the
//! best hit ratio that any cache can have on a workload, and what that costs in memory.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use foldhash::fast::FixedState;

/// A hash map that is never emptied but on request.
#[derive(Debug)]
pub struct Dict {
    entries: Mutex<HashMap<Key, Value, FixedState>>,
}

impl Dict {
    /// No operation here stops halfway, so a map whose lock was poisoned by another thread's
    /// panic is still whole.
    #[inline]
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Value, FixedState>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Dict {
    type Error = Infallible;

    // Nothing here waits for anything but the lock, so every answer is `ready`.
    const MODE: Mode = Mode::Sync;

    const PROPERTIES: Properties = Properties {
        // Whatever capacity it is opened with: it grows with the keys that it sees.
        bound: Bound::None,
        shared: false,
        persistent: false,
        ttl: false,
        thread_safe: true,
        fresh: true,
        lossy: false,
        eviction_batch: None,
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        // The trial's seed makes the hasher, so that a trial repeats to the last instruction.
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
        // The old value is bound to a name so that it is freed after the lock is.
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
