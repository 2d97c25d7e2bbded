//! Trials: one process measures one cell once, and its report is verified and recorded.

pub(crate) mod bench;
pub mod callgrind;
pub mod cell;
pub mod context;
pub mod machine;
pub mod noise;
mod paced;
pub(crate) mod parity;
pub mod process;
pub mod ready;
pub mod verify;

pub use bench::{Bench, Candidate, Found, Job, Leased, TrialError};
