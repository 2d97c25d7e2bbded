//! After two removals in vain it skips the next one that is not.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bakeoff_strategy::Key;

use crate::fault::Fault;
use crate::store::Store;

/// After two removals in vain it skips the next one that is not.
#[derive(Debug, Default)]
pub struct SkipsARemoval {
    in_vain: AtomicU64,
}

impl Fault for SkipsARemoval {
    fn rule(&self) -> &'static str {
        "model"
    }

    fn remove(&self, store: &Store, key: Key) {
        if store.get(key).is_none() {
            self.in_vain.fetch_add(1, Relaxed);
        } else if self.in_vain.load(Relaxed) < 2 {
            store.remove(key);
        } else {
            self.in_vain.store(0, Relaxed);
        }
    }
}
