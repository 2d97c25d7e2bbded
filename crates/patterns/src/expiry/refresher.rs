//! Background reloads, at most one per key, that never overwrite a newer value.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{Key, Origin, PutOptions, RequestError, Strategy};
use tokio::runtime::Handle;

use super::expiry_table::ExpiryTable;
use crate::version_counters::WriteTracker;

/// A cache with deadlines, shared by a layer and its reload tasks.
pub(super) struct Refresher<S> {
    pub(super) inner: S,
    pub(super) expiry: ExpiryTable,
    /// Time for which the cache keeps entries beyond their time to live.
    pub(super) extra_ttl: Duration,
    pub(super) writes: WriteTracker,
    in_progress: Mutex<HashSet<Key>>,
}

impl<S: Strategy> Refresher<S> {
    pub(super) fn new(inner: S, expiry: ExpiryTable, extra_ttl: Duration) -> Arc<Self> {
        let (writes, in_progress) = (WriteTracker::new(), Mutex::default());
        Arc::new(Self { inner, expiry, extra_ttl, writes, in_progress })
    }

    fn in_progress(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reloads a key in a new task, unless a reload of the key is in progress. Does nothing outside
    /// a tokio runtime.
    pub(super) fn refresh<O: Origin>(self: &Arc<Self>, key: Key, origin: &O) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !self.in_progress().insert(key) {
            return;
        }
        let guard = RefreshGuard { refresher: Arc::clone(self), key };
        let origin = origin.detach();
        runtime.spawn(async move {
            // After a failure, the next reader of the expired entry tries again.
            let _ = guard.refresher.reload(key, &origin).await;
            drop(guard);
        });
    }

    async fn reload<O: Origin>(&self, key: Key, origin: &O) -> Result<(), RequestError<S::Error>> {
        let before = self.writes.counter_snapshot(key);
        let Some(loaded) = origin.load(key).await? else {
            return self.inner.remove(key).await.map_err(RequestError::Strategy);
        };
        if !self.writes.unchanged_since(key, before) {
            return Ok(());
        }
        let ttl = self.expiry.ttl_or_default(loaded.options.ttl);
        let options = PutOptions { ttl: ttl.map(|ttl| ttl + self.extra_ttl), ..loaded.options };
        self.inner.put(key, loaded.value, options).await.map_err(RequestError::Strategy)?;
        self.expiry.start(key, ttl);
        // The key may have been written between the check and the put.
        if !self.writes.unchanged_since(key, before) {
            return self.inner.remove(key).await.map_err(RequestError::Strategy);
        }
        Ok(())
    }

    /// Waits until no reload is in progress.
    pub(super) async fn wait_idle(&self) {
        while !self.in_progress().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A reload in progress; ends when dropped.
struct RefreshGuard<S: Strategy> {
    refresher: Arc<Refresher<S>>,
    key: Key,
}

impl<S: Strategy> Drop for RefreshGuard<S> {
    fn drop(&mut self) {
        self.refresher.in_progress().remove(&self.key);
    }
}
