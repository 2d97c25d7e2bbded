//! Keeps the first 65,535 bytes of a body.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Keeps the first 65,535 bytes of a body.
#[derive(Debug, Default)]
pub struct CutsBodies;

impl Fault for CutsBodies {
    fn rule(&self) -> &'static str {
        "value-sizes"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        let body = value.body.slice(..value.body.len().min(65_535));
        store.put(key, Value { body, ..value }, options);
    }
}
