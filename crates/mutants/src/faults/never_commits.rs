//! Writes into the cache, and never tells the origin.

use crate::fault::Fault;

/// Writes into the cache, and never tells the origin.
#[derive(Debug, Default)]
pub struct NeverCommits;

impl Fault for NeverCommits {
    fn rule(&self) -> &'static str {
        "write-through"
    }

    fn also(&self) -> &'static [&'static str] {
        &["write-through-awaited", "failing-origin"]
    }

    fn commits(&self) -> bool {
        false
    }
}
