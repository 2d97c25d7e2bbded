//! Cannot be closed.

use crate::fault::Fault;
use crate::fault::Refused;

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
