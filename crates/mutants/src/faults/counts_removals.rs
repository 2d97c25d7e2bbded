//! Calls a removal an eviction.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bakeoff_strategy::Key;

use crate::fault::Fault;
use crate::store::Store;

/// Calls a removal an eviction.
#[derive(Debug, Default)]
pub struct CountsRemovals {
    removals: AtomicU64,
}

impl Fault for CountsRemovals {
    fn rule(&self) -> &'static str {
        "snapshot"
    }

    fn remove(&self, store: &Store, key: Key) {
        self.removals.fetch_add(u64::from(store.remove(key).is_some()), Relaxed);
    }

    fn evictions(&self, store: &Store) -> u64 {
        store.evictions() + self.removals.load(Relaxed)
    }
}
