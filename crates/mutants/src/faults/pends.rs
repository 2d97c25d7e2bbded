//! Declares itself immediate, and one of its functions never answers.

use crate::fault::Fault;

/// Declares itself immediate, and one of its functions never answers.
#[derive(Debug, Default)]
pub struct Pends;

impl Fault for Pends {
    fn rule(&self) -> &'static str {
        "immediate"
    }

    fn also(&self) -> &'static [&'static str] {
        &["snapshot"]
    }

    fn pends(&self) -> bool {
        true
    }
}
