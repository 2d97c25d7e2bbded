//! What the fuzz targets share with the harness that runs on a stable compiler.

#[path = "../../crates/workload/tests/workload/corpus/harness.rs"]
mod harness;

pub use harness::read;
