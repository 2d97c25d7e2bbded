//! Keeps the value that was put first.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Keeps the value that was put first.
#[derive(Debug, Default)]
pub struct FirstPutWins;

impl Fault for FirstPutWins {
    fn rule(&self) -> &'static str {
        "overwrite"
    }

    fn also(&self) -> &'static [&'static str] {
        &["capacity-bytes", "ttl", "write-through", "write-through-awaited", "threads"]
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if store.get(key).is_none() {
            store.put(key, value, options);
        }
    }
}
