//! Does not remove.

use bakeoff_strategy::Key;

use crate::fault::Fault;
use crate::store::Store;

/// Does not remove.
#[derive(Debug, Default)]
pub struct KeepsRemoved;

impl Fault for KeepsRemoved {
    fn rule(&self) -> &'static str {
        "remove"
    }

    fn also(&self) -> &'static [&'static str] {
        &["keys", "len", "read-through", "read-through-awaited"]
    }

    fn remove(&self, _store: &Store, _key: Key) {}
}
