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
    lock: FileLock,
    mode: LockMode,
}

impl Drop for MachineHold {
    fn drop(&mut self) {
        if self.mode == LockMode::Exclusive {
            // The note only adds a detail to messages of waiting processes.
            let _ = self.lock.write_note("");
        }
    }
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
    /// Calls `on_wait` once, with a message, if it has to wait.
    ///
    /// # Errors
    /// [`FileError`] if the lock file cannot be used.
    pub fn share(
        &self,
        interrupt: &Interrupt,
        on_wait: impl FnOnce(&str),
    ) -> Result<Option<MachineHold>, FileError> {
        self.wait(interrupt, LockMode::Shared, on_wait)
    }

    /// Waits until nothing else holds the lock, then holds it alone; returns `None` if interrupted.
    ///
    /// Calls `on_wait` once, with a message, if it has to wait. Lets a driver that is already
    /// waiting go first; otherwise a driver that runs one round after another would retake the lock
    /// at once.
    ///
    /// # Errors
    /// [`FileError`] if a lock file cannot be used.
    pub fn exclusive(
        &self,
        interrupt: &Interrupt,
        on_wait: impl FnOnce(&str),
    ) -> Result<Option<MachineHold>, FileError> {
        if !FileLock::open(&self.queue())?.try_lock(LockMode::Exclusive)? {
            thread::sleep(3 * POLL);
        }
        self.wait(interrupt, LockMode::Exclusive, on_wait)
    }

    /// Returns the file on which every waiting driver holds a shared lock.
    fn queue(&self) -> PathBuf {
        self.path.with_extension("waiting")
    }

    fn wait(
        &self,
        interrupt: &Interrupt,
        mode: LockMode,
        on_wait: impl FnOnce(&str),
    ) -> Result<Option<MachineHold>, FileError> {
        let mut lock = FileLock::open(&self.path)?;
        let mut queued = None;
        let locked = lock.wait(mode, interrupt, POLL, || {
            let queue = FileLock::open(&self.queue())?;
            // Other drivers hold the exclusive lock on this file only for a moment.
            queue.lock(LockMode::Shared)?;
            queued = Some(queue);
            on_wait(&self.wait_message()?);
            Ok(())
        })?;
        drop(queued);
        if locked && mode == LockMode::Exclusive {
            // The file of another user can be locked, but not written.
            let _ = lock.write_holder();
        }
        Ok(locked.then_some(MachineHold { lock, mode }))
    }

    /// States who holds the lock. Holders that share it leave no note.
    fn wait_message(&self) -> Result<String, FileError> {
        let note = FileLock::open(&self.path)?.read_note().unwrap_or_default();
        let holder = match note.trim() {
            "" => String::from("builds or replays of another exploration"),
            process => format!("a timed round of another exploration ({process})"),
        };
        Ok(format!("waiting for {holder}; lock: {}", self.path.display()))
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
        let replay = lock.share(&free, |_| {}).unwrap();
        let another_replay = lock.share(&free, |_| {}).unwrap();
        assert!(replay.is_some() && another_replay.is_some());

        let stopped = Interrupt::default();
        stopped.set();
        let mut waited = false;
        assert!(lock.exclusive(&stopped, |_| waited = true).unwrap().is_none());
        drop((replay, another_replay));
        let alone = lock.exclusive(&free, |_| waited = true).unwrap();
        assert!(alone.is_some() && !waited);
        let mut message = String::new();
        let waiting = lock.share(&Interrupt::default(), |text| {
            message = text.to_owned();
            drop(alone);
        });
        assert!(waiting.unwrap().is_some());
        let process = format!("(process {} since ", std::process::id());
        assert!(message.contains("timed round") && message.contains(&process), "{message}");
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
                let on_wait = |_: &str| waits.send(()).unwrap();
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
