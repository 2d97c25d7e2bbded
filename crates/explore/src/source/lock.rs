//! One change of refs and worktrees at a time, over threads and processes.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::SourceError;

static WITHIN_PROCESS: Mutex<()> = Mutex::new(());

/// Held while refs or worktrees change; released when dropped or when the process dies.
pub(super) struct Lock {
    // Dropped first: another process may go on before another thread of ours does.
    _across_processes: File,
    _within_process: MutexGuard<'static, ()>,
}

impl Lock {
    /// Waits for its turn. git's own lock files are no substitute: they fail at once instead of
    /// waiting, and a worktree looks valid to others while it is still being filled.
    pub(super) fn acquire(common: &Path) -> Result<Self, SourceError> {
        let within = WITHIN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let path = common.join("bakeoff.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(SourceError::io("opening the lock file", &path))?;
        file.lock().map_err(SourceError::io("locking", &path))?;
        Ok(Self { _across_processes: file, _within_process: within })
    }
}

/// Repeats a call for about three seconds while another git process holds the ref that it needs.
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, git2::Error>) -> Result<T, git2::Error> {
    for wait_ms in [5, 10, 20, 40, 80, 160, 320, 640, 1280] {
        match call() {
            Err(error) if error.code() == git2::ErrorCode::Locked => {
                thread::sleep(Duration::from_millis(wait_ms));
            }
            answer => return answer,
        }
    }
    call()
}
