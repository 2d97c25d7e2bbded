//! Does not clear.

use crate::store::Store;
use crate::fault::Fault;

/// Does not clear.
#[derive(Debug, Default)]
pub struct ClearsNothing;

impl Fault for ClearsNothing {
    const RULE: &'static str = "clear";

    const ALSO: &'static [&'static str] = &["namespaces", "len"];

    fn clear(&self, _store: &Store) {}
}
