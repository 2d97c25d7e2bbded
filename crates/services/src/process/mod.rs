//! The one place that starts processes, and sees to it that none of them outlives us.
//!
//! - [`spawn`] starts a process that gets a death signal when we die, however we die.
//! - [`supervised`] wraps a command whose whole tree of descendants has to go with it: cargo and
//!   its compilers, a command that a user gave.
//! - [`usage`] says how much memory a tree of processes holds.
//!
//! On Linux all of this holds even after `kill -9`. macOS has no death signal: there, groups are
//! ended when a [`Child`] is dropped, and a supervisor notices within a quarter of a second that
//! its parent is gone.

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
pub use usage::{Usage, usage};
