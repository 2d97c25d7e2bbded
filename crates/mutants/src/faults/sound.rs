//! No fault: what the others deviate from, and passes every rule.

use crate::fault::Fault;

/// No fault: what the others deviate from, and passes every rule.
#[derive(Debug, Default)]
pub struct Sound;

impl Fault for Sound {
    fn rule(&self) -> &'static str {
        "none"
    }
}
