//! Phases of an exploration.

pub mod generate;
pub(crate) mod paced;
pub mod run;
pub mod timed;
pub mod untimed;
