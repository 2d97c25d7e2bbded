//! Locks between processes.

pub mod file_lock;
pub mod machine_lock;
pub mod name_lock;
