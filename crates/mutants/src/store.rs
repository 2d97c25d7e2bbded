//! Correct cache that the defects deviate from: bounded by entries or bytes, first in first out,
//! with a time to live per entry.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bakeoff_strategy::{Capacity, Key, PutOptions, Value};

/// First-in-first-out cache.
#[derive(Debug)]
pub(crate) struct Store {
    capacity: Capacity,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Keys in order of insertion.
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
    fn is_live(&self) -> bool {
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
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the value of a key unless it has expired.
    pub(crate) fn get(&self, key: Key) -> Option<Value> {
        let state = self.state();
        state.entries.get(&key).filter(|entry| entry.is_live()).map(|entry| entry.value.clone())
    }

    /// Stores a value under a key and returns the evicted values, oldest first.
    pub(crate) fn put(&self, key: Key, value: Value, options: PutOptions) -> Vec<Value> {
        let mut state = self.state();
        let _old = state.take(key);
        state.puts += 1;
        let age = state.puts;
        state.entries.insert(key, Entry { value, options, put: Instant::now(), age });
        state.ages.insert(age, key);
        state.weight += u64::from(options.weight);
        let mut evicted = Vec::new();
        while self.exceeds_capacity(&state) {
            let Some((_, &oldest)) = state.ages.first_key_value() else { break };
            evicted.extend(state.take(oldest));
            state.evictions += 1;
        }
        evicted
    }

    fn exceeds_capacity(&self, state: &State) -> bool {
        match self.capacity {
            Capacity::Unbounded => false,
            Capacity::Entries(entries) => state.entries.len() as u64 > entries,
            Capacity::Bytes(bytes) => state.weight > bytes,
        }
    }

    /// Makes a key the youngest.
    pub(crate) fn touch(&self, key: Key) {
        let mut state = self.state();
        let state = &mut *state;
        if let Some(entry) = state.entries.get_mut(&key) {
            state.puts += 1;
            state.ages.remove(&entry.age);
            entry.age = state.puts;
            state.ages.insert(entry.age, key);
        }
    }

    /// Removes a key and returns its value.
    pub(crate) fn remove(&self, key: Key) -> Option<Value> {
        self.state().take(key)
    }

    pub(crate) fn clear(&self) {
        let mut state = self.state();
        *state = State { puts: state.puts, evictions: state.evictions, ..State::default() };
    }

    /// Returns the number of entries, expired ones included.
    pub(crate) fn len(&self) -> u64 {
        self.state().entries.len() as u64
    }

    pub(crate) fn puts(&self) -> u64 {
        self.state().puts
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.state().evictions
    }
}
