//! The driver: resolves what was asked, makes worktrees, builds, schedules and records.

pub mod atomic;
pub mod client;
pub mod interrupt;
pub mod lock;
pub mod machine;
pub mod name;
pub mod order;
pub mod paths;
pub mod progress;
pub mod source;
pub mod spec;
pub mod store;
