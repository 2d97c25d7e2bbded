//! Files of an exploration: their paths, their contents, and the locks on them.

pub mod atomic_file;
pub mod cleanup;
pub(crate) mod exploration;
pub mod file_lock;
pub mod history;
pub mod keys;
pub mod machine_lock;
pub mod name_lock;
pub mod paths;
pub mod progress;
pub mod progress_store;
pub mod recorder;
pub mod store;
