//! Strategies that each break one promise on purpose, and a sound one beside them.
//!
//! They show that the conformance kit catches what it is for: each by the rule that is meant,
//! here as a test, and through `bakeoff check` with the binary `bakeoff-mutants NAME` as a runner.
//! Nothing else depends on this crate.

mod broken;
mod fault;
mod faults;
mod store;

pub use broken::{Broken, OPTION};
pub use fault::{Fault, Refused};
pub use faults::{fault, names};
pub use store::Store;
