//! Schedule of an exploration: cells, rounds, their order and their expected time.
//!
//! All functions are pure. The dry run and the real run use the same ones.

pub(crate) mod abilities;
pub(crate) mod cells;
pub(crate) mod estimate;
pub(crate) mod participation;
pub(crate) mod plan;
pub(crate) mod rounds;
pub mod scenario;
pub(crate) mod secondary;
pub(crate) mod window;
