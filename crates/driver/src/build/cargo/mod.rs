//! Calls of cargo and what they read and write. Only documented behavior is relied on.

pub(super) mod call;
pub(super) mod compile_time;
pub(super) mod lock_file;
pub(super) mod messages;
pub(super) mod target_dir;
pub(super) mod toolchain;
pub(super) mod workspace;
