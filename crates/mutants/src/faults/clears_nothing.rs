//! Does not clear.

use crate::fault::Fault;
use crate::store::Store;

/// Does not clear.
#[derive(Debug, Default)]
pub struct ClearsNothing;

impl Fault for ClearsNothing {
    fn rule(&self) -> &'static str {
        "clear"
    }

    fn also(&self) -> &'static [&'static str] {
        &["namespaces", "len"]
    }

    fn clear(&self, _store: &Store) {}
}
