//! Panics at one of the values that the kit puts.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Panics at one of the values that the kit puts.
#[derive(Debug, Default)]
pub struct Panics;

impl Fault for Panics {
    fn rule(&self) -> &'static str {
        "get-after-put"
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        assert!(value.version != 77 || key != Key::from_id(76), "slot 76 is out of bounds");
        store.put(key, value, options);
    }
}
