//! Advisory locks on files.
//!
//! The operating system releases a lock when its file is closed or its process dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::interrupt::Interrupt;
use crate::record::atomic_file::FileError;

/// Access mode of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Any number of holders at a time.
    Shared,
    /// Only one holder at a time.
    Exclusive,
}

/// An open lock file; dropping it releases the lock.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    file: File,
}

impl FileLock {
    /// Opens the lock file without locking it; creates it and its directory if they are missing.
    ///
    /// # Errors
    /// [`FileError`] if the file can be neither opened nor created.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(FileError::at(folder))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = match options.open(path) {
            // The file of another user can be locked, but not written.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path),
            opened => opened,
        };
        Ok(Self { path: path.to_owned(), file: file.map_err(FileError::at(path))? })
    }

    /// Tries to lock; returns false if another holder prevents it.
    ///
    /// # Errors
    /// [`FileError`] if the file system does not support locks.
    pub fn try_lock(&self, mode: LockMode) -> Result<bool, FileError> {
        let locked = match mode {
            LockMode::Shared => self.file.try_lock_shared(),
            LockMode::Exclusive => self.file.try_lock(),
        };
        match locked {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(FileError::at(&self.path)(error)),
        }
    }

    /// Tries to lock repeatedly for up to 200 ms.
    ///
    /// A process that is being started inherits all open files until it executes its program. For
    /// that moment it also holds a lock whose owner has just released it.
    ///
    /// # Errors
    /// As [`Self::try_lock`].
    pub fn try_lock_briefly(&self, mode: LockMode) -> Result<bool, FileError> {
        for _ in 0..20 {
            if self.try_lock(mode)? {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.try_lock(mode)
    }

    /// Waits for the lock; returns false if the user interrupts the wait.
    ///
    /// Calls `on_wait` once if the lock is not free.
    ///
    /// # Errors
    /// As [`Self::try_lock`], or the error of `on_wait`.
    pub fn wait(
        &self,
        mode: LockMode,
        interrupt: &Interrupt,
        poll: Duration,
        on_wait: impl FnOnce() -> Result<(), FileError>,
    ) -> Result<bool, FileError> {
        let mut on_wait = Some(on_wait);
        loop {
            if self.try_lock(mode)? {
                return Ok(true);
            }
            if interrupt.is_set() {
                return Ok(false);
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait()?;
            }
            thread::sleep(poll);
        }
    }

    /// Waits for the lock without a time limit.
    ///
    /// # Errors
    /// [`FileError`] if the file system does not support locks.
    pub fn lock(&self, mode: LockMode) -> Result<(), FileError> {
        let locked = match mode {
            LockMode::Shared => self.file.lock_shared(),
            LockMode::Exclusive => self.file.lock(),
        };
        locked.map_err(FileError::at(&self.path))
    }

    /// Reads the text that a lock holder wrote to the file.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read.
    pub fn read_note(&mut self) -> Result<String, FileError> {
        let mut note = String::new();
        self.file
            .rewind()
            .and_then(|()| self.file.read_to_string(&mut note))
            .map_err(FileError::at(&self.path))?;
        Ok(note)
    }

    /// Describes the process that holds the lock, from the text that it left in the file.
    ///
    /// The text only adds a detail to messages, so it may be missing or unreadable.
    #[must_use]
    pub fn holder(&mut self) -> String {
        let note = self.read_note().unwrap_or_default();
        if note.trim().is_empty() {
            String::from("unknown process")
        } else {
            note.trim().to_owned()
        }
    }

    /// Writes this process's id and the time to the file, for messages about who holds the lock.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be written.
    pub fn write_holder(&mut self) -> Result<(), FileError> {
        let (process, now) = (std::process::id(), Timestamp::now());
        self.write_note(&format!("process {process} since {now:.0}\n"))
    }

    /// Replaces the text in the file.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be written.
    pub fn write_note(&mut self, note: &str) -> Result<(), FileError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(note.as_bytes()))
            .map_err(FileError::at(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusive_lock_excludes_other_holders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/one.lock");
        let (first, second) = (FileLock::open(&path).unwrap(), FileLock::open(&path).unwrap());
        assert!(
            first.try_lock(LockMode::Shared).unwrap() && second.try_lock(LockMode::Shared).unwrap()
        );
        drop(first);
        let first = FileLock::open(&path).unwrap();
        assert!(!first.try_lock(LockMode::Exclusive).unwrap());
        drop(second);
        assert!(first.try_lock_briefly(LockMode::Exclusive).unwrap());
        let stopped = Interrupt::default();
        stopped.set();
        let second = FileLock::open(&path).unwrap();
        let poll = Duration::from_millis(1);
        assert!(!second.wait(LockMode::Exclusive, &stopped, poll, || Ok(())).unwrap());
    }

    #[test]
    fn a_new_note_replaces_the_whole_old_note() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = FileLock::open(&folder.path().join("one.lock")).unwrap();
        lock.write_note("a longer note").unwrap();
        lock.write_note("short").unwrap();
        assert_eq!(lock.read_note().unwrap(), "short");
    }
}
