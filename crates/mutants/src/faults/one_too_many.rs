//! Holds one entry more than it may.

use bakeoff_strategy::Capacity;

use crate::fault::Fault;

/// Holds one entry more than it may.
#[derive(Debug, Default)]
pub struct OneTooMany;

impl Fault for OneTooMany {
    fn rule(&self) -> &'static str {
        "capacity-entries"
    }

    fn also(&self) -> &'static [&'static str] {
        &["threads"]
    }

    fn capacity(&self, asked: Capacity) -> Capacity {
        match asked {
            Capacity::Entries(entries) => Capacity::Entries(entries + 1),
            other => other,
        }
    }
}
