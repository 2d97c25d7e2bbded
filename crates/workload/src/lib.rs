//! Scenarios, generators, trace readers, the compiled workload and its hit-ratio bounds.

pub mod compiled;
pub mod scenario;

pub use compiled::{Op, Request, Workload};
pub use scenario::Scenario;
