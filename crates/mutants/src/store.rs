//! A sound cache, for the faults to break: bounded by entries or bytes, first in first out, with
//! times to live.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bakeoff_strategy::{Capacity, Key, PutOptions, Value};

/// The cache.
#[derive(Debug)]
pub struct Store {
    capacity: Capacity,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Keys by the time at which they came in.
    ages: BTreeMap<u64, Key>,
    weight: u64,
    puts: u64,
    evictions: u64,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    options: PutOptions,
    put: Instant,
    age: u64,
}

impl Entry {
    fn lives(&self) -> bool {
        self.options.ttl.is_none_or(|ttl| self.put.elapsed() < ttl)
    }
}

impl State {
    fn take(&mut self, key: Key) -> Option<Value> {
        let entry = self.entries.remove(&key)?;
        self.ages.remove(&entry.age);
        self.weight -= u64::from(entry.options.weight);
        Some(entry.value)
    }
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held for a key and has not expired.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Value> {
        let state = self.state();
        state.entries.get(&key).filter(|entry| entry.lives()).map(|entry| entry.value.clone())
    }

    /// Stores a value under a key and returns what was evicted for it, oldest first.
    pub fn put(&self, key: Key, value: Value, options: PutOptions) -> Vec<Value> {
        let mut state = self.state();
        let _old = state.take(key);
        state.puts += 1;
        let age = state.puts;
        state.entries.insert(key, Entry { value, options, put: Instant::now(), age });
        state.ages.insert(age, key);
        state.weight += u64::from(options.weight);
        let mut evicted = Vec::new();
        while self.is_overfull(&state) {
            let Some((_, &oldest)) = state.ages.first_key_value() else { break };
            evicted.extend(state.take(oldest));
            state.evictions += 1;
        }
        evicted
    }

    fn is_overfull(&self, state: &State) -> bool {
        match self.capacity {
            Capacity::Unbounded => false,
            Capacity::Entries(entries) => state.entries.len() as u64 > entries,
            Capacity::Bytes(bytes) => state.weight > bytes,
        }
    }

    /// Forgets a key; returns what was held for it.
    pub fn remove(&self, key: Key) -> Option<Value> {
        self.state().take(key)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut state = self.state();
        *state = State { puts: state.puts, evictions: state.evictions, ..State::default() };
    }

    /// Entries held.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.state().entries.len() as u64
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts so far.
    #[must_use]
    pub fn puts(&self) -> u64 {
        self.state().puts
    }

    /// Evictions so far.
    #[must_use]
    pub fn evictions(&self) -> u64 {
        self.state().evictions
    }
}
