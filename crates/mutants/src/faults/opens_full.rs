//! Counts an entry that nobody put, until the first put.

use crate::fault::Fault;
use crate::store::Store;

/// Counts an entry that nobody put, until the first put.
#[derive(Debug, Default)]
pub struct OpensFull;

impl Fault for OpensFull {
    fn rule(&self) -> &'static str {
        "open"
    }

    fn len(&self, store: &Store) -> u64 {
        if store.puts() == 0 { 1 } else { store.len() }
    }
}
