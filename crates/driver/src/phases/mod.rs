//! Phases of an exploration: code generation, untimed phase, paced replays, timed phase.

pub(crate) mod availability;
pub mod context;
pub mod generate;
pub(crate) mod paced;
pub mod timed;
pub mod untimed;
