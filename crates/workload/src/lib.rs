//! Scenarios, generators, trace readers, the compiler of workloads, and bounds on hit ratios.
//!
//! A [`ScenarioDefinition`] describes a workload. A generator or a trace reader produces its
//! requests ([`source`]), [`compile`] writes them into a `.bkw` file ([`compiled`]), and
//! [`WorkloadStore`] keeps such files by digest. The remaining modules compute figures from a
//! compiled workload.

pub mod anonymize;
pub mod atomic_file;
pub mod bounds;
pub mod compile;
pub mod compiled;
pub mod expected_answers;
pub mod generate;
mod intern;
pub mod profile;
mod rank_select;
pub mod scenario;
pub mod source;
pub mod store;
pub mod synth;
pub mod trace;
pub mod workload_info;

pub use compiled::{Op, Workload, WorkloadRequest};
pub use scenario::ScenarioDefinition;
pub use store::WorkloadStore;
