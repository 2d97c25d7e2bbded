//! Trials: one process measures one cell once, and its report is verified and recorded.

pub(crate) mod bench;
pub mod callgrind;
pub mod context;
pub mod execution;
pub mod machine;
pub mod noise;
mod paced;
pub(crate) mod parity;
pub mod process;
pub mod ready;
pub mod verify;

pub use bench::{Bench, Candidate, Leased, Measured, TrialError, TrialLimits};
