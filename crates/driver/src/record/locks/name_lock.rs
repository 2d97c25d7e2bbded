//! Lock on the NAME of an exploration, so that only one driver works on it.

use std::path::{Path, PathBuf};

use crate::record::atomic_file::FileError;
use crate::record::locks::file_lock::{FileLock, LockMode};

/// Reason why a NAME cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another driver works on the same NAME.
    #[error(
        "cannot lock exploration {name:?}: another driver holds it ({holder}); wait until it \
         ends, or choose another NAME\n  lock: {}",
        path.display()
    )]
    Held {
        /// NAME of the exploration.
        name: String,
        /// Description that the holder left in the lock file.
        holder: String,
        /// Lock file.
        path: PathBuf,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Lock on a NAME, released on drop.
#[derive(Debug)]
pub struct NameLock {
    _lock: FileLock,
}

impl NameLock {
    /// Takes the lock without waiting for another driver.
    ///
    /// # Errors
    /// [`LockError::Held`] if another process holds it; [`LockError::File`] if the lock file cannot
    /// be used.
    pub fn take(name: &str, path: &Path) -> Result<Self, LockError> {
        let mut lock = FileLock::open(path)?;
        if !lock.try_lock_briefly(LockMode::Exclusive)? {
            let holder = lock.holder();
            return Err(LockError::Held { name: name.to_owned(), holder, path: path.to_owned() });
        }
        lock.write_holder()?;
        Ok(Self { _lock: lock })
    }

    /// Returns true if another process holds the lock.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        // Opening a lock creates its file, which a query must not do.
        path.exists()
            && FileLock::open(path)
                .and_then(|lock| lock.try_lock(LockMode::Shared))
                .is_ok_and(|locked| !locked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_driver_learns_which_process_holds_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/mine.lock");
        let held = NameLock::take("mine", &path).unwrap();
        let error = NameLock::take("mine", &path).unwrap_err();
        let process = format!("process {}", std::process::id());
        assert!(matches!(&error, LockError::Held { holder, .. } if holder.contains(&process)));
        drop(held);
        NameLock::take("mine", &path).unwrap();
    }
}
