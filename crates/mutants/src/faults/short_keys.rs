//! Looks at the lower half of each key only.

use bakeoff_strategy::{Key, PutOptions, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Looks at the lower half of each key only.
#[derive(Debug, Default)]
pub struct ShortKeys;

impl Fault for ShortKeys {
    fn rule(&self) -> &'static str {
        "keys"
    }

    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(lower(key))
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(lower(key), value, options);
    }

    fn remove(&self, store: &Store, key: Key) {
        store.remove(lower(key));
    }
}

fn lower(key: Key) -> Key {
    Key(key.0 & u64::from(u32::MAX))
}
