//! Declares a time to live, and does not heed it.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Declares a time to live, and does not heed it.
#[derive(Debug, Default)]
pub struct LivesForEver;

impl Fault for LivesForEver {
    fn rule(&self) -> &'static str {
        "ttl"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, PutOptions { ttl: None, ..options });
    }
}
