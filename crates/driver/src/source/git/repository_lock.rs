//! Lock that serializes changes of refs and worktrees across threads and processes.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::record::locks::file_lock::{FileLock, LockMode};
use crate::source::error::SourceError;

static WITHIN_PROCESS: Mutex<()> = Mutex::new(());

/// Directories in the repository with the refs that only this program changes.
const OUR_REFS: [&str; 4] =
    ["refs/heads/explore", "refs/bakeoff", "logs/refs/heads/explore", "logs/refs/bakeoff"];
/// Time to wait for a running git process to release the lock on the packed refs.
const PACKED_REFS_TIMEOUT: Duration = Duration::from_secs(2);

/// Held while refs or worktrees change; released on drop or when the process dies.
pub(in crate::source) struct RepositoryLock {
    // Declared first, so that it is released before the lock within the process.
    across_processes: FileLock,
    _within_process: MutexGuard<'static, ()>,
}

impl RepositoryLock {
    /// Waits for the lock.
    ///
    /// git's own lock files do not suffice: they fail instead of waiting, they remain when their
    /// process is killed, and a worktree looks valid to others while it is still being filled.
    pub(in crate::source) fn acquire(common: &Path) -> Result<Self, SourceError> {
        let within = WITHIN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lock = FileLock::open(&common.join("bakeoff.lock"))?;
        lock.lock(LockMode::Exclusive)?;
        if !lock.read_note()?.is_empty() {
            remove_stale_locks(common)?;
        }
        lock.write_note("held; if no process holds this lock, its last holder was killed\n")?;
        Ok(Self { across_processes: lock, _within_process: within })
    }
}

impl Drop for RepositoryLock {
    fn drop(&mut self) {
        // If this fails, the next holder only searches for stale locks in vain.
        let _ = self.across_processes.write_note("");
    }
}

/// Removes git lock files that a killed process of this program left.
///
/// A running git process may also hold the lock of the packed refs; it gets time to finish.
fn remove_stale_locks(common: &Path) -> Result<(), SourceError> {
    for folder in OUR_REFS {
        remove_locks(&common.join(folder))?;
    }
    let packed = common.join("packed-refs.lock");
    let begun = Instant::now();
    while packed.exists() && begun.elapsed() < PACKED_REFS_TIMEOUT {
        thread::sleep(Duration::from_millis(20));
    }
    remove(&packed)
}

fn remove_locks(folder: &Path) -> Result<(), SourceError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            remove_locks(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            remove(&path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), SourceError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SourceError::io("remove the lock of a killed process", path)(error))
        }
        _ => Ok(()),
    }
}

/// Repeats a call for about two seconds while another git process locks the ref.
pub(in crate::source) fn retry<T>(
    mut call: impl FnMut() -> Result<T, git2::Error>,
) -> Result<T, git2::Error> {
    for wait_ms in [5, 10, 20, 40, 80, 160, 320, 640, 640] {
        match call() {
            Err(error) if error.code() == git2::ErrorCode::Locked => {
                thread::sleep(Duration::from_millis(wait_ms));
            }
            answer => return answer,
        }
    }
    call()
}
