//! First tier: the in-process cache, and the rules for storing values in it.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{Key, Pending, PutOptions, Strategy, Value, poll_once};

use super::write_epochs::{EpochGuard, EpochSnapshot, WriteEpochs};
use crate::invalidation::InvalidationTarget;

/// In-process cache in [`ExecutionMode::Sync`](bakeoff_strategy::ExecutionMode::Sync) that cannot
/// fail, shared with the listener for invalidations.
pub(super) struct L1<N> {
    pub(super) cache: N,
    epochs: WriteEpochs,
    /// If true, invalidations may be missed, and nothing is stored.
    disconnected: AtomicBool,
}

impl<N: Strategy<Error = Infallible>> L1<N> {
    pub(super) fn new(cache: N) -> Self {
        Self { cache, epochs: WriteEpochs::new(), disconnected: AtomicBool::new(false) }
    }

    #[inline]
    pub(super) fn get(&self, key: Key) -> Result<Option<Value>, Pending> {
        ready_value(self.cache.get(key))
    }

    /// Returns the state of a key's epoch, to be taken before the second tier or the origin is
    /// read.
    pub(super) fn epoch_snapshot(&self, key: Key) -> EpochSnapshot {
        self.epochs.epoch_snapshot(key)
    }

    /// Stores a value read from the second tier or the origin, unless the key was written since
    /// `before`.
    pub(super) fn promote(
        &self,
        key: Key,
        before: EpochSnapshot,
        value: &Value,
        options: PutOptions,
    ) -> Result<(), Pending> {
        let store = || self.put(key, value.clone(), options);
        self.epochs.if_unchanged(key, before, store).unwrap_or(Ok(()))
    }

    /// Begins a write: removes the key and cancels promotions in progress.
    pub(super) fn begin(&self, key: Key) -> Result<EpochGuard<'_>, Pending> {
        let (guard, removed) = self.epochs.begin(key, || ready_value(self.cache.remove(key)));
        removed.map(|()| guard)
    }

    /// Begins a write of a loaded value; `None` if the key was written since `before`.
    pub(super) fn begin_if_unchanged(
        &self,
        key: Key,
        before: EpochSnapshot,
    ) -> Option<EpochGuard<'_>> {
        self.epochs.begin_if_unchanged(key, before)
    }

    /// Finishes a write: stores its value, unless there was a concurrent write.
    pub(super) fn finish(
        &self,
        guard: EpochGuard<'_>,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> Result<(), Pending> {
        guard.finish(|| self.put(key, value, options)).unwrap_or(Ok(()))
    }

    /// Begins a write of all keys.
    pub(super) fn begin_all(&self) -> Result<Vec<EpochGuard<'_>>, Pending> {
        let guards = self.epochs.begin_all();
        ready_value(self.cache.clear()).map(|()| guards)
    }

    /// Stores a value unless invalidations may be missed. The caller holds the lock of the key's
    /// epoch: `disconnected` sets its flag, then locks every epoch once, then clears the cache, so
    /// that no value remains.
    fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Pending> {
        if self.disconnected.load(Ordering::Relaxed) {
            return Ok(());
        }
        ready_value(self.cache.put(key, value, options))
    }
}

/// Ignores the error [`Pending`], because every request returns it too.
impl<N: Strategy<Error = Infallible>> InvalidationTarget for L1<N> {
    fn invalidate(&self, key: Key) {
        let _ = self.begin(key);
    }

    fn invalidate_all(&self) {
        let _ = self.begin_all();
    }

    fn disconnected(&self) {
        self.disconnected.store(true, Ordering::Relaxed);
        self.invalidate_all();
    }

    fn connected(&self) {
        // Reads in progress may have seen a value whose invalidation was missed.
        let guards = self.epochs.begin_all();
        self.disconnected.store(false, Ordering::Relaxed);
        drop(guards);
    }
}

/// Returns the output of a future that is ready and cannot fail.
#[inline]
pub(super) fn ready_value<T>(
    future: impl Future<Output = Result<T, Infallible>>,
) -> Result<T, Pending> {
    poll_once(future).map(|answer| match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    })
}
