//! Takes a failing origin for one that has no such row.

use crate::fault::Fault;

/// Takes a failing origin for one that has no such row.
#[derive(Debug, Default)]
pub struct HidesFailures;

impl Fault for HidesFailures {
    fn rule(&self) -> &'static str {
        "failing-origin"
    }

    fn hides_failures(&self) -> bool {
        true
    }
}
