//! Short-lived folders for sockets and logs, swept when their owner died without a word.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// What all our folders' names begin with.
const PREFIX: &str = "bakeoff-service-";
/// The file whose lock says that the owner lives.
const OWNER: &str = "owner";
/// How old a folder without that file has to be before it is no longer one in the making.
const IN_THE_MAKING: Duration = Duration::from_secs(60);
/// The longest path of a Unix socket that every system takes (macOS: 104 with its end).
const LONGEST_SOCKET: usize = 103;
/// Room for the name of the folder and of the socket in it.
const NAMES: usize = 40;

/// A folder that goes when it is dropped, or with the next sweep when we were killed.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes a folder that nobody else can enter, after sweeping those of dead owners.
    pub(crate) fn make() -> Result<Self, (PathBuf, io::Error)> {
        let base = base();
        sweep(&base);
        Self::make_in(&base).map_err(|error| (base, error))
    }

    fn make_in(base: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(base)?;
        // Locked under another name first, so that no sweep ever sees it unlocked.
        let unborn = folder.path().join("owner-to-be");
        let lock = File::create_new(&unborn)?;
        lock.try_lock()?;
        fs::rename(&unborn, folder.path().join(OWNER))?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The temporary folder, or `/tmp` where that is too long for the path of a socket.
fn base() -> PathBuf {
    let wanted = std::env::temp_dir();
    if wanted.is_absolute() && wanted.as_os_str().len() + NAMES <= LONGEST_SOCKET {
        wanted
    } else {
        PathBuf::from("/tmp")
    }
}

/// Removes the folders whose owner is gone. What cannot be looked at or removed is not ours.
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
    match File::open(folder.join(OWNER)) {
        Ok(owner) => owner.try_lock().is_ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::metadata(folder).and_then(|about| about.modified()).is_ok_and(|made| {
                SystemTime::now().duration_since(made).is_ok_and(|age| age > IN_THE_MAKING)
            })
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folders_of_the_dead_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let alive = Folder::make_in(base.path()).unwrap();
        let dead = base.path().join(format!("{PREFIX}dead"));
        let in_the_making = base.path().join(format!("{PREFIX}young"));
        let foreign = base.path().join("foreign");
        for folder in [&dead, &in_the_making, &foreign] {
            fs::create_dir(folder).unwrap();
        }
        for folder in [&dead, &foreign] {
            fs::write(folder.join(OWNER), "").unwrap();
        }
        sweep(base.path());
        assert!(alive.path().exists() && in_the_making.exists() && foreign.exists());
        assert!(!dead.exists());
        let path = alive.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(alive);
        assert!(!path.exists());
    }
}
