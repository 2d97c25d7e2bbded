//! Temporary directories for sockets and logs, removed even after their owner was killed.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const PREFIX: &str = "bakeoff-service-";
/// Name of the file that the owning process keeps locked.
const LOCK_FILE: &str = "owner";
/// Minimum age of an abandoned directory without a lock file; a younger one is being created.
const CREATION_GRACE: Duration = Duration::from_secs(60);
/// Maximum length of the path of a Unix socket on all systems (macOS: 104 bytes with the final
/// zero).
const MAX_SOCKET_PATH: usize = 103;
/// Length of the names of the directory and of the socket in it.
const NAME_BYTES: usize = 40;

/// Temporary directory, removed on drop, or by the next process if this one is killed.
#[derive(Debug)]
pub(crate) struct ServiceDir {
    folder: TempDir,
    _lock: File,
}

impl ServiceDir {
    /// Creates a directory that only this user can access, after removing those of dead owners.
    pub(crate) fn create() -> Result<Self, (PathBuf, io::Error)> {
        let base = base();
        sweep(&base);
        Self::create_in(&base).map_err(|error| (base, error))
    }

    fn create_in(base: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(base)?;
        // The lock file is locked under another name first, so that it is never visible unlocked.
        let unlocked = folder.path().join("owner-to-be");
        let lock = File::create_new(&unlocked)?;
        lock.try_lock()?;
        fs::rename(&unlocked, folder.path().join(LOCK_FILE))?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Returns the temporary directory, or `/tmp` if its path is too long for a socket.
fn base() -> PathBuf {
    let preferred = std::env::temp_dir();
    if preferred.is_absolute() && preferred.as_os_str().len() + NAME_BYTES <= MAX_SOCKET_PATH {
        preferred
    } else {
        PathBuf::from("/tmp")
    }
}

/// Removes the directories of dead owners; an error means that a directory belongs to another user.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if ours && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    match File::open(folder.join(LOCK_FILE)) {
        Ok(owner) => owner.try_lock().is_ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::metadata(folder).and_then(|about| about.modified()).is_ok_and(|made| {
                SystemTime::now().duration_since(made).is_ok_and(|age| age > CREATION_GRACE)
            })
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_of_dead_owners_are_removed() {
        let base = tempfile::tempdir().unwrap();
        let alive = ServiceDir::create_in(base.path()).unwrap();
        let dead = base.path().join(format!("{PREFIX}dead"));
        let recent = base.path().join(format!("{PREFIX}young"));
        let foreign = base.path().join("foreign");
        for folder in [&dead, &recent, &foreign] {
            fs::create_dir(folder).unwrap();
        }
        for folder in [&dead, &foreign] {
            fs::write(folder.join(LOCK_FILE), "").unwrap();
        }
        sweep(base.path());
        assert!(alive.path().exists() && recent.exists() && foreign.exists());
        assert!(!dead.exists());
        let path = alive.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(alive);
        assert!(!path.exists());
    }
}
