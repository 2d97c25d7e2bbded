//! Writes past the cache, which goes on with the old value.

use crate::fault::Fault;

/// Writes past the cache, which goes on with the old value.
#[derive(Debug, Default)]
pub struct WritesAround;

impl Fault for WritesAround {
    fn rule(&self) -> &'static str {
        "write-through"
    }

    fn also(&self) -> &'static [&'static str] {
        &["write-through-awaited"]
    }

    fn caches(&self) -> bool {
        false
    }
}
