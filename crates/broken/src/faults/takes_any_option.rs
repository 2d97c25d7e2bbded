//! Takes options that it does not have, in silence.

use std::sync::Arc;

use bakeoff_strategy::{OpenConfig, OpenError};

use crate::store::Store;
use crate::fault::Fault;

/// Takes options that it does not have, in silence.
#[derive(Debug, Default)]
pub struct TakesAnyOption;

impl Fault for TakesAnyOption {
    const RULE: &'static str = "options";

    fn open(_config: &OpenConfig, _store: &Arc<Store>) -> Result<Self, OpenError> {
        Ok(Self)
    }
}
