//! Arguments that several subcommands share.

pub mod measurement;
pub mod server;
pub mod strategy;
pub mod workload;
