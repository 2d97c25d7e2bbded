//! Subcommands, one file each.

pub mod check;
pub mod cleanup;
pub mod compare;
pub mod completions;
pub mod doctor;
pub mod explore;
pub mod list;
pub mod man;
pub mod new_variant;
mod power;
pub mod replay;
pub mod report;
pub mod results;
pub mod scenario;
pub mod watch;
pub mod workload;
