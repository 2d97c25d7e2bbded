//! Schedule of an exploration: cells, rounds, their order and their expected time.
//!
//! All functions are pure. The dry run uses the same functions as the real run.

pub(crate) mod capabilities;
pub(crate) mod cells;
pub(crate) mod estimate;
pub(crate) mod measured_window;
pub(crate) mod participation;
pub(crate) mod plan;
pub(crate) mod rates;
pub(crate) mod rounds;
pub mod scenario;
pub(crate) mod secondary;
