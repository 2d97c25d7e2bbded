//! Loads under way, which others may join.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{Key, Loaded, OriginError};
use tokio::sync::Notify;

/// What a load came to.
pub(crate) type Landed = Result<Option<Loaded>, OriginError>;

/// Shards of the table of flights; a power of two.
const SHARDS: usize = 16;

/// One load under way.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    state: Mutex<State>,
    /// For followers that are threads.
    landed: Condvar,
    /// For followers that are tasks.
    woken: Notify,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Aloft,
    Landed(Landed),
    /// Its leader was dropped before it knew.
    Lost,
}

/// The flights of all keys.
#[derive(Debug)]
pub(crate) struct Flights([Mutex<HashMap<Key, Arc<Flight>>>; SHARDS]);

/// What a load finds.
pub(crate) enum Boarding<'a> {
    /// Nobody loads that key: do it, and land.
    Leads(Leader<'a>),
    /// Somebody does.
    Follows(Arc<Flight>),
}

/// The one that loads; dropped without landing, it leaves its followers to load for themselves.
pub(crate) struct Leader<'a> {
    flights: &'a Flights,
    key: Key,
    flight: Arc<Flight>,
}

impl Flights {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    fn shard(&self, key: Key) -> MutexGuard<'_, HashMap<Key, Arc<Flight>>> {
        let shard = (key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as usize;
        self.0[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the load of a key, or begins one.
    pub(crate) fn board(&self, key: Key) -> Boarding<'_> {
        let mut shard = self.shard(key);
        if let Some(flight) = shard.get(&key) {
            return Boarding::Follows(Arc::clone(flight));
        }
        let flight = Arc::<Flight>::default();
        shard.insert(key, Arc::clone(&flight));
        drop(shard);
        Boarding::Leads(Leader { flights: self, key, flight })
    }

    /// The key changes: whoever comes from now on must not join a load that may have seen what was
    /// there before.
    pub(crate) fn close(&self, key: Key) {
        self.shard(key).remove(&key);
    }

    /// All keys change.
    pub(crate) fn close_all(&self) {
        for shard in &self.0 {
            shard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Leader<'_> {
    /// Tells the followers.
    pub(crate) fn land(self, landed: &Landed) {
        self.flight.end(State::Landed(landed.clone()));
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut shard = self.flights.shard(self.key);
        // After a change another flight of the same key may be on.
        if shard.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight)) {
            shard.remove(&self.key);
        }
        drop(shard);
        self.flight.end(State::Lost);
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first end counts.
    fn end(&self, state: State) {
        let mut current = self.lock();
        if matches!(*current, State::Aloft) {
            *current = state;
        }
        drop(current);
        self.landed.notify_all();
        self.woken.notify_waiters();
    }

    /// What it came to: `None` if it was lost, `Some(None)`… the load's own answer otherwise.
    fn outcome(state: &State) -> Option<Option<Landed>> {
        match state {
            State::Aloft => None,
            State::Landed(landed) => Some(Some(landed.clone())),
            State::Lost => Some(None),
        }
    }

    /// Waits as a thread. `None`: the flight was lost.
    pub(crate) fn wait(&self) -> Option<Landed> {
        let mut state = self.lock();
        loop {
            if let Some(outcome) = Self::outcome(&state) {
                return outcome;
            }
            state = self.landed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits as a task. `None`: the flight was lost.
    pub(crate) async fn landing(&self) -> Option<Landed> {
        loop {
            let woken = self.woken.notified();
            tokio::pin!(woken);
            // Before the look, so that no wake-up falls between.
            woken.as_mut().enable();
            let outcome = Self::outcome(&self.lock());
            if let Some(outcome) = outcome {
                return outcome;
            }
            woken.await;
        }
    }
}
