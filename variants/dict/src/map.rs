//! Maps that the option `map` chooses from.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use bakeoff_strategy::{Key, Value};
use dashmap::DashMap;
use foldhash::fast::FixedState;

/// Names of the maps; the first is the default.
pub(crate) const MAPS: [&str; 5] = ["mutex", "rwlock", "dashmap", "papaya", "scc"];

type StdMap = HashMap<Key, Value, FixedState>;

/// Map that several threads can change.
#[derive(Debug)]
pub(crate) enum Map {
    Mutex(Mutex<StdMap>),
    RwLock(RwLock<StdMap>),
    Dash(DashMap<Key, Value, FixedState>),
    Papaya(papaya::HashMap<Key, Value, FixedState>),
    Scc(scc::HashMap<Key, Value, FixedState>),
}

/// Locks the map. Ignores poisoning: no operation leaves the map inconsistent.
#[inline]
fn lock(map: &Mutex<StdMap>) -> MutexGuard<'_, StdMap> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Map {
    /// Creates the map with a name from [`MAPS`].
    pub(crate) fn new(name: &str, hasher: FixedState) -> Self {
        match name {
            "rwlock" => Self::RwLock(RwLock::new(HashMap::with_hasher(hasher))),
            "dashmap" => Self::Dash(DashMap::with_hasher(hasher)),
            "papaya" => Self::Papaya(papaya::HashMap::with_hasher(hasher)),
            "scc" => Self::Scc(scc::HashMap::with_hasher(hasher)),
            _ => Self::Mutex(Mutex::new(HashMap::with_hasher(hasher))),
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<Value> {
        match self {
            Self::Mutex(map) => lock(map).get(&key).cloned(),
            Self::RwLock(map) => {
                map.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
            }
            Self::Dash(map) => map.get(&key).map(|found| found.value().clone()),
            Self::Papaya(map) => map.pin().get(&key).cloned(),
            Self::Scc(map) => map.read_sync(&key, |_, value| value.clone()),
        }
    }

    /// Stores a value. The old value is dropped after the lock is released.
    #[inline]
    pub(crate) fn insert(&self, key: Key, value: Value) {
        let _old = match self {
            Self::Mutex(map) => lock(map).insert(key, value),
            Self::RwLock(map) => {
                map.write().unwrap_or_else(PoisonError::into_inner).insert(key, value)
            }
            Self::Dash(map) => map.insert(key, value),
            Self::Papaya(map) => {
                map.pin().insert(key, value);
                None
            }
            Self::Scc(map) => map.upsert_sync(key, value),
        };
    }

    #[inline]
    pub(crate) fn remove(&self, key: Key) {
        let _old = match self {
            Self::Mutex(map) => lock(map).remove(&key),
            Self::RwLock(map) => map.write().unwrap_or_else(PoisonError::into_inner).remove(&key),
            Self::Dash(map) => map.remove(&key).map(|(_, value)| value),
            Self::Papaya(map) => {
                map.pin().remove(&key);
                None
            }
            Self::Scc(map) => map.remove_sync(&key).map(|(_, value)| value),
        };
    }

    pub(crate) fn clear(&self) {
        match self {
            Self::Mutex(map) => lock(map).clear(),
            Self::RwLock(map) => map.write().unwrap_or_else(PoisonError::into_inner).clear(),
            Self::Dash(map) => map.clear(),
            Self::Papaya(map) => map.pin().clear(),
            Self::Scc(map) => map.clear_sync(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Mutex(map) => lock(map).len(),
            Self::RwLock(map) => map.read().unwrap_or_else(PoisonError::into_inner).len(),
            Self::Dash(map) => map.len(),
            Self::Papaya(map) => map.len(),
            Self::Scc(map) => map.len(),
        }
    }
}
