//! Answers a key that it does not hold with the one before it.

use bakeoff_strategy::{Key, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Answers a key that it does not hold with the one before it.
#[derive(Debug, Default)]
pub struct AnswersForAnother;

impl Fault for AnswersForAnother {
    fn rule(&self) -> &'static str {
        "get-after-put"
    }

    fn also(&self) -> &'static [&'static str] {
        &[
            "namespaces",
            "ttl",
            "remove",
            "len",
            "clear",
            "keys",
            "get-many",
            "read-through",
            "read-through-awaited",
            "write-through",
            "write-through-awaited",
            "threads",
            "capacity-entries",
            "capacity-bytes",
            "snapshot",
            "close",
            "keeps",
            "failing-origin",
            "read-many",
        ]
    }

    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(key).or_else(|| store.get(Key::from_id(key.id().wrapping_sub(1))))
    }
}
