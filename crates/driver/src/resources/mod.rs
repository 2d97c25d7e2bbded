//! What trials need besides a runner: compiled workloads and servers.

pub(crate) mod availability;
pub mod servers;
pub mod workloads;
