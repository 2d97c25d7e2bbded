//! Brings the last evicted entry back when a removal makes room, even if that was its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Brings the last evicted entry back when a removal makes room, even if that was its own.
#[derive(Debug, Default)]
pub struct RevivesEvicted {
    victim: Mutex<Option<(Value, PutOptions)>>,
}

impl RevivesEvicted {
    fn victim(&self) -> MutexGuard<'_, Option<(Value, PutOptions)>> {
        self.victim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault for RevivesEvicted {
    fn rule(&self) -> &'static str {
        "model-when-full"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if let Some(evicted) = store.put(key, value, options).pop() {
            *self.victim() = Some((evicted, options));
        }
    }

    fn remove(&self, store: &Store, key: Key) {
        store.remove(key);
        if let Some((value, options)) = self.victim().take() {
            store.put(value.key, value, options);
        }
    }

    fn clear(&self, store: &Store) {
        *self.victim() = None;
        store.clear();
    }
}
