//! Locks between drivers: one on a NAME, one on the machine while something is timed.
//!
//! Both are advisory locks on open files: the system releases them when their holder dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::interrupt::Interrupt;
use crate::record::atomic_file::FileError;

/// Why a lock was not got.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another driver works on the same NAME.
    #[error(
        "another driver holds {name:?} ({holder}); wait for it, or choose another NAME\n  lock: {}",
        path.display()
    )]
    Held {
        /// The NAME.
        name: String,
        /// Who holds it, as it said itself.
        holder: String,
        /// The lock's file.
        path: PathBuf,
    },
    /// The lock's file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Holds a NAME; released when dropped.
#[derive(Debug)]
pub struct NameLock {
    _file: File,
}

impl NameLock {
    /// Takes the lock at once or not at all.
    ///
    /// # Errors
    /// [`LockError::Held`] if another process has it; [`LockError::File`] if it cannot be tried.
    pub fn take(name: &str, path: &Path) -> Result<Self, LockError> {
        let at = || FileError::at(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(FileError::at(folder))?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(at())?;
        match patiently(|| file.try_lock()) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // What the holder wrote of itself only makes the message better.
                let _ = file.read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => String::from("a process that did not say which"),
                    said => said.to_owned(),
                };
                return Err(LockError::Held {
                    name: name.to_owned(),
                    holder,
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(at()(error).into()),
        }
        let said = format!("process {} since {:.0}\n", std::process::id(), Timestamp::now());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(said.as_bytes()))
            .map_err(at())?;
        Ok(Self { _file: file })
    }
}

/// Tries for a moment: a process that is being started holds all our open files until it becomes
/// another program, and a lock that its owner has just dropped with them.
fn patiently(attempt: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..20 {
        match attempt() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            outcome => return outcome,
        }
    }
    attempt()
}

impl NameLock {
    /// Whether another process holds the lock of this file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        File::open(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

/// The lock of the machine. Builds and replays share it; a timed round has it alone, so that
/// nothing of ours runs beside a timed trial, whichever exploration it belongs to.
#[derive(Clone, Debug)]
pub struct MachineLock {
    path: PathBuf,
}

/// Between two looks at a machine that others hold.
const LOOK: Duration = Duration::from_millis(50);

/// A hold on the machine; released when dropped.
#[derive(Debug)]
pub struct MachineHold {
    _file: File,
}

impl MachineLock {
    /// The lock that all drivers of this machine use: a file in the system's temporary folder.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self::at(&std::env::temp_dir().join("bakeoff-machine.lock"))
    }

    /// A lock of one's own, for tests.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Waits until nothing is timed, then keeps others from timing. `None` on ctrl-C.
    ///
    /// # Errors
    /// [`FileError`] if the lock's file cannot be used.
    pub fn share(&self, interrupt: &Interrupt) -> Result<Option<MachineHold>, FileError> {
        self.wait(interrupt, |_| {}, File::try_lock_shared)
    }

    /// Waits until nothing of ours runs on the machine, and keeps it so. Calls `waiting` once
    /// if it has to wait. `None` on ctrl-C. Whoever waits already goes first: rounds follow each
    /// other so closely that nobody else would ever find the machine free between two of them.
    ///
    /// # Errors
    /// [`FileError`] if the lock's file cannot be used.
    pub fn alone(
        &self,
        interrupt: &Interrupt,
        waiting: impl FnOnce(&Path),
    ) -> Result<Option<MachineHold>, FileError> {
        self.give_way()?;
        self.wait(interrupt, waiting, File::try_lock)
    }

    /// Lets those who wait have a few looks before us.
    fn give_way(&self) -> Result<(), FileError> {
        let path = self.waiting_path();
        let attempt = open(&path).map_err(FileError::at(&path))?.try_lock();
        match attempt {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(3 * LOOK);
                Ok(())
            }
            Err(TryLockError::Error(error)) => Err(FileError::at(&path)(error)),
        }
    }

    /// The file on which everybody who waits has a shared lock.
    fn waiting_path(&self) -> PathBuf {
        self.path.with_extension("waiting")
    }

    fn wait(
        &self,
        interrupt: &Interrupt,
        waiting: impl FnOnce(&Path),
        attempt: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Option<MachineHold>, FileError> {
        let at = || FileError::at(&self.path);
        let file = open(&self.path).map_err(at())?;
        let mut waiting = Some(waiting);
        let mut in_line = None;
        loop {
            match attempt(&file) {
                Ok(()) => {
                    drop(in_line);
                    return Ok(Some(MachineHold { _file: file }));
                }
                Err(TryLockError::WouldBlock) if interrupt.asked() => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        let path = self.waiting_path();
                        let line = open(&path).map_err(FileError::at(&path))?;
                        // Shared, and tried by the others for a moment only: it is got at once.
                        line.lock_shared().map_err(FileError::at(&path))?;
                        in_line = Some(line);
                        waiting(&self.path);
                    }
                    std::thread::sleep(LOOK);
                }
                Err(TryLockError::Error(error)) => return Err(at()(error)),
            }
        }
    }
}

/// Another user's file is opened for reading only, which is enough to lock it.
fn open(path: &Path) -> std::io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            OpenOptions::new().write(true).create(true).truncate(false).open(path)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_driver_is_told_who_holds_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/mine.lock");
        let held = NameLock::take("mine", &path).unwrap();
        let error = NameLock::take("mine", &path).unwrap_err();
        let process = format!("process {}", std::process::id());
        assert!(matches!(&error, LockError::Held { holder, .. } if holder.contains(&process)));
        drop(held);
        NameLock::take("mine", &path).unwrap();
    }

    #[test]
    fn a_timed_round_waits_for_replays_and_keeps_them_out() {
        let folder = tempfile::tempdir().unwrap();
        let lock = MachineLock::at(&folder.path().join("machine.lock"));
        let free = Interrupt::default();
        let replay = lock.share(&free).unwrap();
        let another_replay = lock.share(&free).unwrap();
        assert!(replay.is_some() && another_replay.is_some());

        let stopped = Interrupt::default();
        stopped.ask();
        let mut waited = false;
        assert!(lock.alone(&stopped, |_| waited = true).unwrap().is_none());
        drop((replay, another_replay));
        let alone = lock.alone(&free, |_| waited = true).unwrap();
        assert!(alone.is_some() && !waited);
        assert!(lock.share(&stopped).unwrap().is_none());
    }

    #[test]
    fn rounds_that_follow_each_other_let_a_waiting_driver_in() {
        let folder = tempfile::tempdir().unwrap();
        let lock = MachineLock::at(&folder.path().join("machine.lock"));
        let free = Interrupt::default();
        let mut hold = lock.alone(&free, |_| {}).unwrap();
        let (waits, begins) = std::sync::mpsc::channel();
        let other = {
            let lock = lock.clone();
            std::thread::spawn(move || {
                let told = |_: &Path| waits.send(()).unwrap();
                lock.alone(&Interrupt::default(), told).unwrap().is_some()
            })
        };
        begins.recv().unwrap();
        // A first turn is all it takes, but the machine may be slow to wake the other.
        for _ in 0..100 {
            drop(hold);
            hold = lock.alone(&free, |_| {}).unwrap();
            if other.is_finished() {
                break;
            }
        }
        assert!(other.is_finished(), "a hundred rounds went by before the other's turn");
        assert!(other.join().unwrap());
    }
}
