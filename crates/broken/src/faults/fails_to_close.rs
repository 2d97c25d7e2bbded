//! Cannot be closed.

use crate::fault::Refused;
use crate::fault::Fault;

/// Cannot be closed.
#[derive(Debug, Default)]
pub struct FailsToClose;

impl Fault for FailsToClose {
    fn rule(&self) -> &'static str {
        "close"
    }

    fn close(&self) -> Result<(), Refused> {
        Err(Refused)
    }
}
