//! Schedule: cells, rounds, their order and their expected time. Pure except for the dry run.

pub mod dry_run;
pub(crate) mod participation;
pub(crate) mod secondary;
pub mod window;
