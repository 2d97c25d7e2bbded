//! Order and extent of the trials.

pub mod dry_run;
pub(crate) mod participation;
pub(crate) mod secondary;
pub mod window;
