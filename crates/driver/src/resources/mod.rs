//! Inputs of trials: compiled workloads and servers.

pub mod servers;
pub mod workloads;
