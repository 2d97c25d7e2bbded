//! Starts processes that never outlive this one.
//!
//! - [`spawn`] starts a process that receives a death signal when this process dies.
//! - [`supervised`] wraps a command whose descendants have to end too, for example cargo.
//! - [`usage`] and [`cpu_time`] measure the memory and the processor time of a process tree.
//!
//! On Linux this holds even after `kill -9`. macOS has no death signal: a [`Child`] ends its group
//! when it is dropped, and a supervisor notices within 250 ms that its parent is gone.

mod child;
mod spawner;
mod supervisor;
#[cfg(target_os = "linux")]
mod tree;
mod usage;

pub use child::Child;
pub use rustix::process::Signal;
pub use spawner::{SpawnOptions, spawn};
pub use supervisor::{SUPERVISE, supervise_if_asked, supervise_main, supervised, supervised_by};
pub use usage::{Usage, cpu_time, usage};
