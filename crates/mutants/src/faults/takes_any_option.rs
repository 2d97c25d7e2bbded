//! Takes options that it does not have, in silence.

use std::sync::Arc;

use bakeoff_strategy::{OpenConfig, OpenError};

use crate::fault::Fault;
use crate::store::Store;

/// Takes options that it does not have, in silence.
#[derive(Debug, Default)]
pub struct TakesAnyOption;

impl Fault for TakesAnyOption {
    fn rule(&self) -> &'static str {
        "options"
    }

    fn open(
        &mut self,
        _config: &OpenConfig,
        _known: &[&str],
        _store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        Ok(())
    }
}
