//! Loads in flight, which concurrent readers of the same key can join.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{Key, Loaded, OriginError};
use tokio::sync::Notify;

/// Result of a load.
pub(crate) type LoadResult = Result<Option<Loaded>, OriginError>;

/// Shards of the table; a power of two.
const SHARDS: usize = 16;

/// A load in flight, shared by its leader and its followers.
#[derive(Debug, Default)]
pub(crate) struct SharedLoad {
    state: Mutex<LoadState>,
    /// Wakes followers that block their thread.
    ended: Condvar,
    /// Wakes followers that are tasks.
    notify: Notify,
}

#[derive(Debug, Default)]
enum LoadState {
    #[default]
    Running,
    Completed(LoadResult),
    /// The leader was dropped before it had a result.
    Abandoned,
}

/// Table of the loads in flight, by key.
#[derive(Debug)]
pub(crate) struct InFlight([Mutex<HashMap<Key, Arc<SharedLoad>>>; SHARDS]);

/// Role of a request that misses a key.
pub(crate) enum LoadRole<'a> {
    /// No load of the key is in flight: the request must load it and call [`Leader::complete`].
    Leader(Leader<'a>),
    /// The request waits for a load in flight.
    Follower(Arc<SharedLoad>),
}

/// The request that loads a key. If the leader is dropped without a result, its followers load the
/// key themselves.
pub(crate) struct Leader<'a> {
    table: &'a InFlight,
    key: Key,
    load: Arc<SharedLoad>,
}

impl InFlight {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    fn shard(&self, key: Key) -> MutexGuard<'_, HashMap<Key, Arc<SharedLoad>>> {
        let shard = (key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as usize;
        self.0[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the load of a key in flight, or begins a load.
    pub(crate) fn join(&self, key: Key) -> LoadRole<'_> {
        let mut shard = self.shard(key);
        if let Some(load) = shard.get(&key) {
            return LoadRole::Follower(Arc::clone(load));
        }
        let load = Arc::<SharedLoad>::default();
        shard.insert(key, Arc::clone(&load));
        drop(shard);
        LoadRole::Leader(Leader { table: self, key, load })
    }

    /// Prevents later requests from joining the current load of a key, because the key has changed.
    pub(crate) fn detach(&self, key: Key) {
        self.shard(key).remove(&key);
    }

    /// Prevents later requests from joining any current load.
    pub(crate) fn detach_all(&self) {
        for shard in &self.0 {
            shard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Leader<'_> {
    /// Passes the result of the load to the followers.
    pub(crate) fn complete(self, result: &LoadResult) {
        self.load.end(LoadState::Completed(result.clone()));
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut shard = self.table.shard(self.key);
        // After `detach`, another load of the same key may be in the table.
        if shard.get(&self.key).is_some_and(|load| Arc::ptr_eq(load, &self.load)) {
            shard.remove(&self.key);
        }
        drop(shard);
        self.load.end(LoadState::Abandoned);
    }
}

impl SharedLoad {
    fn lock(&self) -> MutexGuard<'_, LoadState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the load; only the first call has an effect.
    fn end(&self, state: LoadState) {
        let mut current = self.lock();
        if matches!(*current, LoadState::Running) {
            *current = state;
        }
        drop(current);
        self.ended.notify_all();
        self.notify.notify_waiters();
    }

    /// Returns `None` while the load is running, `Some(None)` if it was abandoned.
    fn outcome(state: &LoadState) -> Option<Option<LoadResult>> {
        match state {
            LoadState::Running => None,
            LoadState::Completed(result) => Some(Some(result.clone())),
            LoadState::Abandoned => Some(None),
        }
    }

    /// Blocks the thread until the load ends. Returns `None` if it was abandoned.
    pub(crate) fn wait_blocking(&self) -> Option<LoadResult> {
        let mut state = self.lock();
        loop {
            if let Some(outcome) = Self::outcome(&state) {
                return outcome;
            }
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the load ends. Returns `None` if it was abandoned.
    pub(crate) async fn wait(&self) -> Option<LoadResult> {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            // Registered before the state is read, so that no notification is missed.
            notified.as_mut().enable();
            let outcome = Self::outcome(&self.lock());
            if let Some(outcome) = outcome {
                return outcome;
            }
            notified.await;
        }
    }
}
