//! Drops its 700th put although there is room.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Drops its 700th put although there is room.
#[derive(Debug, Default)]
pub struct DropsAPut {
    puts: AtomicU64,
}

impl Fault for DropsAPut {
    fn rule(&self) -> &'static str {
        "keeps"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if self.puts.fetch_add(1, Relaxed) != 700 {
            store.put(key, value, options);
        }
    }
}
