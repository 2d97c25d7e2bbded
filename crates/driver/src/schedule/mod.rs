//! Order and extent of the trials.

pub mod dry_run;
pub mod window;
