//! Files of an exploration: their paths, their contents, and the locks on them.

pub mod atomic_file;
pub(crate) mod exploration;
pub mod history;
pub mod keys;
pub mod locks;
pub mod paths;
pub mod progress;
pub mod progress_store;
pub mod recorder;
pub mod store;
