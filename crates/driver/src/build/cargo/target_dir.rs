//! Target directories of cargo: one for each tree.
//!
//! The packages of two worktrees have the same names, and cargo judges freshness by modification
//! times. If two trees shared a target directory, cargo could return the program of the wrong tree.
//!
//! A new tree starts from a copy of the directory that was used last. `cargo clean --workspace`
//! removes the workspace's own packages from the copy before the copy gets its final name, so that
//! only compiled dependencies are reused.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::toolchain::Toolchain;
use crate::build::error::BuildError;
use crate::build::runner::BuildKind;
use crate::interrupt::Interrupt;
use crate::record::locks::file_lock::{FileLock, LockMode};
use crate::source::Checkout;
use crate::ui::reporter::{Reporter, ReporterEvent};

/// Number of target directories to keep; each takes several hundred megabytes.
const MAX_TARGET_DIRS: usize = 3;
/// Interval at which a waiting build tries to take the lock.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Prefix of the name of an incomplete copy.
const INCOMPLETE_PREFIX: &str = ".copying-";

/// All target directories, locked for one build.
pub(in crate::build) struct TargetDirs {
    root: PathBuf,
    _lock: FileLock,
}

/// Target directory of one tree.
pub(in crate::build) struct TargetDir {
    pub(in crate::build) path: PathBuf,
    /// Amount of code that cargo has to compile.
    pub(in crate::build) kind: BuildKind,
    /// True if the directory does not contain compiled packages of the workspace.
    pub(in crate::build) is_new: bool,
}

impl TargetDirs {
    /// Waits until no other build runs, in this process or another, and reports the wait once.
    pub(in crate::build) fn acquire(
        cache: &Path,
        interrupt: &Interrupt,
        reporter: &dyn Reporter,
    ) -> Result<Self, BuildError> {
        let root = cache.join("targets");
        fs::create_dir_all(&root).map_err(BuildError::io("create", &root))?;
        let path = cache.join("targets.lock");
        let mut lock = FileLock::open(&path)?;
        let on_wait = || {
            let holder = FileLock::open(&path)?.holder();
            let note = format!("waiting for another build ({holder}; lock: {})", path.display());
            reporter.report(&ReporterEvent::Note(&note));
            Ok(())
        };
        if lock.wait(LockMode::Exclusive, interrupt, POLL_INTERVAL, on_wait)? {
            lock.write_holder()?;
            Ok(Self { root, _lock: lock })
        } else {
            Err(BuildError::Interrupted)
        }
    }

    /// Finds or creates the directory of a checkout.
    ///
    /// `clean` removes the packages of the workspace from a copy.
    pub(in crate::build) fn prepare(
        &self,
        checkout: &Checkout,
        toolchain: &Toolchain,
        clean: impl FnOnce(&Path) -> Result<(), BuildError>,
    ) -> Result<TargetDir, BuildError> {
        self.remove_incomplete()?;
        let compiler = short_digest(toolchain.version.as_bytes());
        let path = self.root.join(format!("{compiler}-{}", directory_name(checkout)));
        let dir = |kind, is_new| TargetDir { path: path.clone(), kind, is_new };
        let dir = if path.is_dir() {
            dir(BuildKind::Seeded, false)
        } else if let Some(seed) = self.newest(&compiler)? {
            let copy = tempfile::Builder::new()
                .prefix(INCOMPLETE_PREFIX)
                .tempdir_in(&self.root)
                .map_err(BuildError::io("create a directory in", &self.root))?;
            copy_dir(&seed, copy.path())?;
            clean(copy.path())?;
            fs::rename(copy.keep(), &path).map_err(BuildError::io("rename a copy to", &path))?;
            dir(BuildKind::Seeded, true)
        } else {
            fs::create_dir(&path).map_err(BuildError::io("create", &path))?;
            dir(BuildKind::Cold, true)
        };
        self.mark_used(&dir.path)?;
        self.remove_oldest()?;
        Ok(dir)
    }

    /// Sets the modification time of a directory, which stores the time of its last use.
    fn mark_used(&self, path: &Path) -> Result<(), BuildError> {
        let touched = File::open(path).and_then(|dir| dir.set_modified(SystemTime::now()));
        touched.map_err(BuildError::io("touch", path))
    }

    /// Returns the most recently used directory of a compiler.
    fn newest(&self, compiler: &str) -> Result<Option<PathBuf>, BuildError> {
        let of_compiler = |path: &PathBuf| name(path).starts_with(compiler);
        Ok(self.by_age()?.into_iter().rfind(of_compiler))
    }

    fn remove_incomplete(&self) -> Result<(), BuildError> {
        let directories = subdirectories(&self.root)?.into_iter();
        for path in directories.filter(|path| name(path).starts_with(INCOMPLETE_PREFIX)) {
            remove(&path)?;
        }
        Ok(())
    }

    fn remove_oldest(&self) -> Result<(), BuildError> {
        let mut directories = self.by_age()?;
        directories.truncate(directories.len().saturating_sub(MAX_TARGET_DIRS));
        directories.iter().try_for_each(|path| remove(path))
    }

    /// Returns all directories, least recently used first.
    fn by_age(&self) -> Result<Vec<PathBuf>, BuildError> {
        let mut directories = subdirectories(&self.root)?;
        directories.sort_by_cached_key(|path| {
            fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
        });
        Ok(directories)
    }
}

/// Returns the tree id, or with `--in-place` a digest of the path.
///
/// In place, cargo detects edits by modification times as usual.
fn directory_name(checkout: &Checkout) -> String {
    if checkout.commit.is_empty() {
        format!("in-place-{}", short_digest(checkout.path.as_os_str().as_encoded_bytes()))
    } else {
        checkout.tree.clone()
    }
}

fn short_digest(bytes: &[u8]) -> String {
    let mut digest = blake3::hash(bytes).to_hex().to_string();
    digest.truncate(12);
    digest
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Copies a directory including modification times, by which cargo judges freshness.
fn copy_dir(from: &Path, to: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(to).map_err(BuildError::io("create", to))?;
    for entry in fs::read_dir(from).map_err(BuildError::io("list", from))? {
        let entry = entry.map_err(BuildError::io("list", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_dir(&source, &target)?;
        } else {
            copy_file(&source, &target).map_err(BuildError::io("copy", &source))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().append(true).open(to)?.set_modified(modified)
}

fn subdirectories(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let entries = fs::read_dir(folder).map_err(BuildError::io("list", folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

pub(in crate::build) fn remove(folder: &Path) -> Result<(), BuildError> {
    fs::remove_dir_all(folder).map_err(BuildError::io("remove", folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::reporter::SilentReporter;

    fn checkout(tree: &str) -> Checkout {
        let commit = tree.to_owned();
        Checkout { path: PathBuf::from("/work"), branch: String::new(), commit, tree: tree.into() }
    }

    fn toolchain(version: &str) -> Toolchain {
        let version = version.to_owned();
        Toolchain { version, environment: [].into(), configuration: Vec::new() }
    }

    #[test]
    fn a_new_tree_starts_from_a_cleaned_copy_of_the_newest_directory() {
        let cache = tempfile::tempdir().unwrap();
        let dirs =
            TargetDirs::acquire(cache.path(), &Interrupt::default(), &SilentReporter).unwrap();
        let rust = toolchain("rustc 1");
        let first = dirs.prepare(&checkout("one"), &rust, |_| panic!("nothing to clean")).unwrap();
        assert_eq!((first.kind, first.is_new), (BuildKind::Cold, true));
        let long_ago = SystemTime::now() - Duration::from_secs(1_000);
        for file in ["kept", "cleaned"] {
            fs::write(first.path.join(file), file).unwrap();
            let file = File::options().append(true).open(first.path.join(file)).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        let clean = |copy: &Path| {
            fs::remove_file(copy.join("cleaned")).unwrap();
            Ok(())
        };
        let second = dirs.prepare(&checkout("two"), &rust, clean).unwrap();
        assert_eq!((second.kind, second.is_new), (BuildKind::Seeded, true));
        let kept = fs::metadata(second.path.join("kept")).unwrap();
        assert_eq!(kept.modified().unwrap(), long_ago);
        assert!(!second.path.join("cleaned").exists() && first.path.join("cleaned").exists());
        let again = dirs.prepare(&checkout("one"), &rust, |_| panic!("it exists")).unwrap();
        assert_eq!((again.path, again.is_new), (first.path, false));
        let other = dirs.prepare(&checkout("one"), &toolchain("rustc 2"), |_| panic!()).unwrap();
        assert_eq!(other.kind, BuildKind::Cold);
    }

    #[test]
    fn only_the_newest_directories_are_kept() {
        let cache = tempfile::tempdir().unwrap();
        let dirs =
            TargetDirs::acquire(cache.path(), &Interrupt::default(), &SilentReporter).unwrap();
        let leftover = dirs.root.join(".copying-abc");
        fs::create_dir(&leftover).unwrap();
        let mut paths = Vec::new();
        for tree in ["a", "b", "c", "d"] {
            paths.push(dirs.prepare(&checkout(tree), &toolchain("x"), |_| Ok(())).unwrap().path);
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!leftover.exists());
        let existing: Vec<bool> = paths.iter().map(|path| path.is_dir()).collect();
        assert_eq!(existing, [false, true, true, true]);
    }
}
