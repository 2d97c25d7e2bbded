//! Loads in the background, at most one a key, which never overwrite a newer value.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{Key, Origin, PutOptions, RequestError, Strategy};
use tokio::runtime::Handle;

use crate::Changes;
use crate::lifetimes::Lifetimes;

/// What a refreshing layer and its tasks share.
pub(crate) struct Refreshed<S> {
    pub(crate) inner: S,
    pub(crate) lifetimes: Lifetimes,
    /// How much longer than its time the cache beneath keeps an entry.
    pub(crate) longer: Duration,
    pub(crate) changes: Changes,
    under_way: Mutex<HashSet<Key>>,
}

impl<S: Strategy> Refreshed<S> {
    pub(crate) fn new(inner: S, lifetimes: Lifetimes, longer: Duration) -> Arc<Self> {
        let (changes, under_way) = (Changes::new(), Mutex::default());
        Arc::new(Self { inner, lifetimes, longer, changes, under_way })
    }

    /// Loads a key in a task of its own, unless that is being done. Without a runtime nobody could
    /// drive such a task, and the entry stays as it is.
    pub(crate) fn refresh<O: Origin>(self: &Arc<Self>, key: Key, origin: &O) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            return;
        }
        let turn = Turn { refreshed: Arc::clone(self), key };
        let origin = origin.detach();
        runtime.spawn(async move {
            // A failure is nobody's to hear of: the next reader past the deadline tries again.
            let _ = turn.refreshed.load(key, &origin).await;
            drop(turn);
        });
    }

    async fn load<O: Origin>(&self, key: Key, origin: &O) -> Result<(), RequestError<S::Error>> {
        let seen = self.changes.look(key);
        let Some(loaded) = origin.load(key).await? else {
            return self.inner.remove(key).await.map_err(RequestError::Strategy);
        };
        if !self.changes.none_since(key, seen) {
            return Ok(());
        }
        let ttl = self.lifetimes.of(loaded.options.ttl);
        let options = PutOptions { ttl: ttl.map(|ttl| ttl + self.longer), ..loaded.options };
        self.inner.put(key, loaded.value, options).await.map_err(RequestError::Strategy)?;
        self.lifetimes.stamp(key, ttl);
        // Somebody may have written between the look and the put: what was loaded is old then.
        if !self.changes.none_since(key, seen) {
            return self.inner.remove(key).await.map_err(RequestError::Strategy);
        }
        Ok(())
    }

    /// Refreshes under way.
    pub(crate) fn pending(&self) -> usize {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until no refresh is under way.
    pub(crate) async fn quiet(&self) {
        while self.pending() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// One refresh; over when it is dropped.
struct Turn<S: Strategy> {
    refreshed: Arc<Refreshed<S>>,
    key: Key,
}

impl<S: Strategy> Drop for Turn<S> {
    fn drop(&mut self) {
        let mut under_way = self.refreshed.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.remove(&self.key);
    }
}
