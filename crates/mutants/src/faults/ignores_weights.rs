//! Counts every entry as one byte.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Counts every entry as one byte.
#[derive(Debug, Default)]
pub struct IgnoresWeights;

impl Fault for IgnoresWeights {
    fn rule(&self) -> &'static str {
        "capacity-bytes"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, PutOptions { weight: 1, ..options });
    }
}
