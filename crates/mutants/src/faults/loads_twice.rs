//! Loads again what it has just loaded.

use crate::fault::Fault;

/// Loads again what it has just loaded.
#[derive(Debug, Default)]
pub struct LoadsTwice;

impl Fault for LoadsTwice {
    fn rule(&self) -> &'static str {
        "read-through"
    }

    fn also(&self) -> &'static [&'static str] {
        &["read-through-awaited", "read-many"]
    }

    fn loads(&self) -> u32 {
        2
    }
}
