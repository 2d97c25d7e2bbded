//! Hands its answers over in a place that all threads share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{Key, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Hands its answers over in a place that all threads share.
#[derive(Debug, Default)]
pub struct ConfusesThreads {
    answer: Mutex<Option<Value>>,
}

impl ConfusesThreads {
    fn place(&self) -> MutexGuard<'_, Option<Value>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault for ConfusesThreads {
    fn rule(&self) -> &'static str {
        "threads"
    }

    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        let answer = store.get(key);
        *self.place() = answer;
        // Here another thread may lay down its own answer.
        std::thread::yield_now();
        self.place().clone()
    }
}
