//! Exact SIEVE: a full cache evicts the oldest entry that was not read since the hand last passed.
//!
//! See Zhang et al., "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web
//! Caches", NSDI 2024. A hit sets one bit and moves nothing, so readers share a lock.

mod queue;

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Snapshot,
    Strategy, Value,
};

use queue::SieveQueue;

/// Exact SIEVE behind one reader-writer lock.
#[derive(Debug)]
pub struct Sieve {
    queue: RwLock<SieveQueue>,
}

impl Sieve {
    /// Locks the queue for reads. Ignores poisoning: no operation leaves the queue inconsistent.
    #[inline]
    fn read(&self) -> RwLockReadGuard<'_, SieveQueue> {
        self.queue.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> RwLockWriteGuard<'_, SieveQueue> {
        self.queue.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Sieve {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::Sieve, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.read().get(key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
        // Bound to a name, so that the old value is dropped after the lock is released.
        let _old = self.write().put(key, value);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let _old = self.write().remove(key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.write().clear();
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.read().len() as u64))
    }

    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Infallible>> + Send {
        let evictions = Some(self.read().evictions());
        ready(Ok(Snapshot { evictions, ..Snapshot::default() }))
    }
}

fn open(config: &OpenConfig) -> Result<Sieve, OpenError> {
    config.options.reject_unknown(&[])?;
    // Slots have 32-bit indexes.
    let limit = u32::try_from(config.max_entries()?.get())
        .map_err(|_| OpenError::UnsupportedCapacity(config.capacity))?;
    Ok(Sieve { queue: RwLock::new(SieveQueue::new(limit, config.seed)) })
}
