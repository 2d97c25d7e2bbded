//! Scenarios, generators, trace readers, the compiled workload and its hit-ratio bounds.

pub mod anonymize;
pub mod bounds;
pub mod cache;
pub mod compile;
pub mod compiled;
pub mod expected;
pub mod generate;
pub mod info;
mod intern;
mod order;
pub mod output;
pub mod portrait;
pub mod scenario;
pub mod source;
pub mod synth;
pub mod trace;

pub use cache::Cache;
pub use compiled::{Op, Workload, WorkloadRequest};
pub use scenario::Scenario;
