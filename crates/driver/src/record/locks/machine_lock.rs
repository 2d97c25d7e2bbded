//! Lock that keeps other work of this program off the machine during timed rounds.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::interrupt::Interrupt;
use crate::record::atomic_file::FileError;
use crate::record::locks::file_lock::{FileLock, LockMode};

/// Interval at which a waiting driver tries to take the lock.
const POLL: Duration = Duration::from_millis(50);

/// Lock of the machine, shared by all explorations on it.
///
/// Builds and untimed replays share it; a timed round holds it exclusively, so that no other
/// process of this program runs next to a timed trial.
#[derive(Clone, Debug)]
pub struct MachineLock {
    path: PathBuf,
}

/// Shared or exclusive hold of the machine lock, released on drop.
#[derive(Debug)]
pub struct MachineHold {
    _lock: FileLock,
}

impl MachineLock {
    /// Returns the lock that all drivers of this machine use: a file in the temporary directory.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self::at(&std::env::temp_dir().join("bakeoff-machine.lock"))
    }

    /// Returns the lock at `path`, for tests.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Waits until no timed round runs, then blocks timed rounds; returns `None` if interrupted.
    ///
    /// # Errors
    /// [`FileError`] if the lock file cannot be used.
    pub fn share(&self, interrupt: &Interrupt) -> Result<Option<MachineHold>, FileError> {
        self.wait(interrupt, LockMode::Shared, |_| {})
    }

    /// Waits until nothing else holds the lock, then holds it alone; returns `None` if interrupted.
    ///
    /// Calls `on_wait` once if it has to wait. Lets a driver that is already waiting go first;
    /// otherwise a driver that runs one round after another would retake the lock at once.
    ///
    /// # Errors
    /// [`FileError`] if a lock file cannot be used.
    pub fn exclusive(
        &self,
        interrupt: &Interrupt,
        on_wait: impl FnOnce(&Path),
    ) -> Result<Option<MachineHold>, FileError> {
        if !FileLock::open(&self.queue())?.try_lock(LockMode::Exclusive)? {
            thread::sleep(3 * POLL);
        }
        self.wait(interrupt, LockMode::Exclusive, on_wait)
    }

    /// File on which every waiting driver holds a shared lock.
    fn queue(&self) -> PathBuf {
        self.path.with_extension("waiting")
    }

    fn wait(
        &self,
        interrupt: &Interrupt,
        mode: LockMode,
        on_wait: impl FnOnce(&Path),
    ) -> Result<Option<MachineHold>, FileError> {
        let lock = FileLock::open(&self.path)?;
        let mut queued = None;
        let locked = lock.wait(mode, interrupt, POLL, || {
            let queue = FileLock::open(&self.queue())?;
            // Other drivers hold the exclusive lock on this file only for a moment.
            queue.lock(LockMode::Shared)?;
            queued = Some(queue);
            on_wait(&self.path);
            Ok(())
        })?;
        drop(queued);
        Ok(locked.then_some(MachineHold { _lock: lock }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timed_round_waits_for_replays_and_excludes_them() {
        let folder = tempfile::tempdir().unwrap();
        let lock = MachineLock::at(&folder.path().join("machine.lock"));
        let free = Interrupt::default();
        let replay = lock.share(&free).unwrap();
        let another_replay = lock.share(&free).unwrap();
        assert!(replay.is_some() && another_replay.is_some());

        let stopped = Interrupt::default();
        stopped.set();
        let mut waited = false;
        assert!(lock.exclusive(&stopped, |_| waited = true).unwrap().is_none());
        drop((replay, another_replay));
        let alone = lock.exclusive(&free, |_| waited = true).unwrap();
        assert!(alone.is_some() && !waited);
        assert!(lock.share(&stopped).unwrap().is_none());
    }

    #[test]
    fn consecutive_rounds_let_a_waiting_driver_in() {
        let folder = tempfile::tempdir().unwrap();
        let lock = MachineLock::at(&folder.path().join("machine.lock"));
        let free = Interrupt::default();
        let mut hold = lock.exclusive(&free, |_| {}).unwrap();
        let (waits, begins) = std::sync::mpsc::channel();
        let other = {
            let lock = lock.clone();
            std::thread::spawn(move || {
                let on_wait = |_: &Path| waits.send(()).unwrap();
                lock.exclusive(&Interrupt::default(), on_wait).unwrap().is_some()
            })
        };
        begins.recv().unwrap();
        // One round should suffice, but the machine may be slow to wake the other thread.
        for _ in 0..100 {
            drop(hold);
            hold = lock.exclusive(&free, |_| {}).unwrap();
            if other.is_finished() {
                break;
            }
        }
        assert!(other.is_finished(), "the waiting driver did not get the machine in 100 rounds");
        assert!(other.join().unwrap());
    }
}
