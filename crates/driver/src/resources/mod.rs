//! What trials need besides a runner: compiled workloads and servers.

pub mod servers;
pub mod workloads;
