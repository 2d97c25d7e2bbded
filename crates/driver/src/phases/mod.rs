//! Phases of an exploration.

pub(crate) mod availability;
pub mod context;
pub mod generate;
pub(crate) mod paced;
pub mod timed;
pub mod untimed;
