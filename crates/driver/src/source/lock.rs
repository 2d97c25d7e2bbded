//! One change of refs and worktrees at a time, over threads and processes.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::SourceError;

static WITHIN_PROCESS: Mutex<()> = Mutex::new(());

/// Where, below the repository, git's locks of refs that are ours alone may lie.
const OUR_REFS: [&str; 4] =
    ["refs/heads/explore", "refs/bakeoff", "logs/refs/heads/explore", "logs/refs/bakeoff"];
/// How long a git that is alive may hold the file of packed refs.
const OTHERS_NEED: Duration = Duration::from_secs(2);

/// Held while refs or worktrees change; released when dropped or when the process dies.
pub(super) struct Lock {
    // Dropped first: another process may go on before another thread of ours does.
    across_processes: File,
    _within_process: MutexGuard<'static, ()>,
}

impl Lock {
    /// Waits for its turn. git's own lock files are no substitute: they fail at once instead of
    /// waiting, they stay behind when their process is killed, and a worktree looks valid to
    /// others while it is still being filled.
    pub(super) fn acquire(common: &Path) -> Result<Self, SourceError> {
        let within = WITHIN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let path = common.join("bakeoff.lock");
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(SourceError::io("opening the lock file", &path))?;
        file.lock().map_err(SourceError::io("locking", &path))?;
        let mut left_by_last = String::new();
        file.read_to_string(&mut left_by_last).map_err(SourceError::io("reading", &path))?;
        if !left_by_last.is_empty() {
            sweep(common)?;
        }
        note(&mut file, "held: if nobody holds it, its last holder was killed\n")
            .map_err(SourceError::io("writing", &path))?;
        Ok(Self { across_processes: file, _within_process: within })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is left then makes the next holder look for locks that are not there.
        let _ = note(&mut self.across_processes, "");
    }
}

fn note(file: &mut File, text: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Removes the locks that a process of ours left in git's folder when it was killed. The lock of
/// the packed refs may also be held by a git that is alive; that is given time to finish.
fn sweep(common: &Path) -> Result<(), SourceError> {
    for folder in OUR_REFS {
        remove_locks(&common.join(folder))?;
    }
    let packed = common.join("packed-refs.lock");
    let begun = Instant::now();
    while packed.exists() && begun.elapsed() < OTHERS_NEED {
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
            Err(SourceError::io("removing the lock of a killed process", path)(error))
        }
        _ => Ok(()),
    }
}

/// Repeats a call for about two seconds while another git process holds the ref that it needs.
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, git2::Error>) -> Result<T, git2::Error> {
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
