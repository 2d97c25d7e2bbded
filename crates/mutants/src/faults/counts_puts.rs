//! Counts an overwritten entry twice.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Counts an overwritten entry twice.
#[derive(Debug, Default)]
pub struct CountsPuts {
    overwritten: AtomicU64,
}

impl Fault for CountsPuts {
    fn rule(&self) -> &'static str {
        "len"
    }

    fn also(&self) -> &'static [&'static str] {
        &["threads"]
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        let twice = store.get(key).is_some();
        self.overwritten.fetch_add(u64::from(twice), Relaxed);
        store.put(key, value, options);
    }

    fn clear(&self, store: &Store) {
        self.overwritten.store(0, Relaxed);
        store.clear();
    }

    fn len(&self, store: &Store) -> u64 {
        store.len() + self.overwritten.load(Relaxed)
    }
}
