//! The one target folder, and why no code of another tree can be taken from it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::members::Members;
use super::toolchain::Toolchain;
use super::{BuildError, How};
use crate::interrupt::Interrupt;

/// Names the compiler that filled the target folder; missing while a build is under way.
const FILLED_BY: &str = "bakeoff-filled-by";

/// The target folder, ours alone until dropped.
pub(super) struct Target {
    folder: PathBuf,
    _lock: File,
}

impl Target {
    /// Waits until no other build uses the folder. Locks of the same file conflict between two
    /// handles of one process too, so that threads are kept apart as well.
    pub(super) fn acquire(cache: &Path, interrupt: &Interrupt) -> Result<Self, BuildError> {
        fs::create_dir_all(cache).map_err(BuildError::io("creating", cache))?;
        let path = cache.join("target.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(BuildError::io("opening the lock file", &path))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { folder: cache.join("target"), _lock: lock }),
                Err(TryLockError::Error(error)) => {
                    return Err(BuildError::io("locking", &path)(error));
                }
                Err(TryLockError::WouldBlock) if interrupt.asked() => {
                    return Err(BuildError::Interrupted);
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Throws away all that was ever compiled.
    pub(super) fn empty(&self) -> Result<(), BuildError> {
        remove(&self.folder)
    }

    /// Makes the folder fit for another tree: dependencies stay, every trace of the packages of
    /// the workspace goes. What another compiler filled is emptied, since nothing in it is of use.
    pub(super) fn prepare(
        &self,
        members: &Members,
        toolchain: &Toolchain,
    ) -> Result<How, BuildError> {
        let filled_by = self.folder.join(FILLED_BY);
        let same = fs::read_to_string(&filled_by).is_ok_and(|by| by == toolchain.version);
        if !same {
            remove(&self.folder)?;
        }
        let how = if self.folder.join("release").is_dir() { How::Seeded } else { How::Cold };
        fs::create_dir_all(&self.folder).map_err(BuildError::io("creating", &self.folder))?;
        fs::write(&filled_by, &toolchain.version).map_err(BuildError::io("writing", &filled_by))?;
        for fingerprints in fingerprint_folders(&self.folder)? {
            forget(&fingerprints, members)?;
        }
        Ok(how)
    }
}

/// `.fingerprint` of each profile, for the host and for any target triple.
fn fingerprint_folders(target: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    for folder in subfolders(target)? {
        found.push(folder.join(".fingerprint"));
        found.extend(subfolders(&folder)?.into_iter().map(|below| below.join(".fingerprint")));
    }
    found.retain(|folder| folder.is_dir());
    Ok(found)
}

/// Deletes the fingerprints of the packages of the workspace: `<package>-<16 digits>`.
fn forget(fingerprints: &Path, members: &Members) -> Result<(), BuildError> {
    for folder in subfolders(fingerprints)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let package = name.rsplit_once('-').map_or(&*name, |(package, _)| package);
        if members.by_package.contains_key(package) {
            remove(&folder)?;
        }
    }
    Ok(())
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let entries = fs::read_dir(folder).map_err(BuildError::io("listing", folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn remove(folder: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BuildError::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}
