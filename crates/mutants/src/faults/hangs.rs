//! Never comes back from a get.

use bakeoff_strategy::{Key, Value};

use crate::fault::Fault;
use crate::store::Store;

/// Never comes back from a get.
#[derive(Debug, Default)]
pub struct Hangs;

impl Fault for Hangs {
    fn rule(&self) -> &'static str {
        "none"
    }

    fn get(&self, _store: &Store, _key: Key) -> Option<Value> {
        loop {
            std::thread::park();
        }
    }
}
