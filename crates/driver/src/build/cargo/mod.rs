//! Calls cargo, and manages the files that cargo reads and writes.

pub(super) mod commands;
pub(super) mod compile_time;
pub(super) mod lock_file;
pub(super) mod messages;
pub(super) mod target_dir;
pub(super) mod toolchain;
pub(super) mod workspace;
