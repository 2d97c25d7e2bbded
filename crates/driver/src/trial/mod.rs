//! Trials: one process measures one cell once, and its report is verified and recorded.

pub mod callgrind;
pub mod context;
pub mod execution;
pub mod machine;
pub mod noise;
mod paced;
pub mod process;
pub mod runnable_variant;
pub(crate) mod server_memory;
pub(crate) mod trial_runner;
pub mod verify;

pub use trial_runner::{
    BuiltVariant, LeasedServers, MeasuredTrial, TrialError, TrialLimits, TrialRunner,
};
