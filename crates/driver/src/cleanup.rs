//! Removes explorations: worktrees, branches, results and the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::record::atomic_file::{self, FileError};
use crate::record::locks::name_lock::{LockError, NameLock};
use crate::record::paths::{ResultsDir, bytes_below};
use crate::request::name::{InvalidName, Name};
use crate::source::{self, SourceCode, SourceError};

/// Options of a cleanup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanupOptions {
    /// Directory inside the workspace.
    pub start: PathBuf,
    /// NAME of the exploration.
    pub name: String,
    /// Also deletes the branches of the exploration, with all work in them and in the worktrees.
    pub delete_branches: bool,
    /// Also deletes the samples, logs and report of the exploration.
    pub delete_results: bool,
    /// Skips git worktrees and branches, as for an exploration with `--in-place`.
    pub in_place: bool,
}

/// Removed and kept parts of an exploration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanupReport {
    /// Removed and kept worktrees and branches.
    pub code: source::SourceCleanup,
    /// True if the results were deleted.
    pub results: bool,
    /// Disk space freed, in bytes.
    pub freed_bytes: u64,
}

/// Reason why a cleanup failed.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The NAME is invalid.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The exploration does not exist.
    #[error("unknown exploration {name:?}; available: {}", known.join(", "))]
    Unknown {
        /// NAME as requested.
        name: String,
        /// Existing explorations.
        known: Vec<String>,
    },
    /// Another driver works on the exploration, or the lock file cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// git failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file cannot be removed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Removes the worktrees of an exploration, and its branches and results if requested.
///
/// # Errors
/// [`CleanupError`]; work that was kept is not an error but part of [`CleanupReport`].
pub fn cleanup(options: &CleanupOptions) -> Result<CleanupReport, CleanupError> {
    let name: Name = options.name.parse()?;
    let source = SourceCode::discover(&options.start, options.in_place)?;
    let results = ResultsDir::in_workspace(source.root());
    let files = results.exploration(&name);
    let exists = files.folder().exists();
    let unknown = || {
        let known = crate::ui::list::list(source.root())?;
        let known = known.into_iter().map(|listed| listed.name).collect();
        Err(CleanupError::Unknown { name: name.to_string(), known })
    };
    if !exists && !options.delete_branches {
        return unknown();
    }
    let _lock = NameLock::take(&name, &results.lock(&name))?;
    let before = bytes_below(files.folder());
    let code = source.cleanup(&name, &files.worktrees(), options.delete_branches)?;
    // Branches may exist without the results directory. A NAME that has neither is unknown.
    if !exists && code.worktrees.is_empty() && code.branches.is_empty() && code.kept.is_empty() {
        return unknown();
    }
    // The directory stays if it contains a worktree that was kept.
    let kept = fs::read_dir(files.worktrees()).is_ok_and(|mut left| left.next().is_some());
    let gone = options.delete_results && !kept && files.folder().exists();
    if gone {
        fs::remove_dir_all(files.folder()).map_err(FileError::at(files.folder()))?;
    }
    let freed_bytes = before.saturating_sub(bytes_below(files.folder()));
    Ok(CleanupReport { code, results: gone, freed_bytes })
}

/// Deletes built runners, compiled workloads and compiled dependencies.
///
/// Returns the freed disk space in bytes. With `dry_run` it deletes nothing. Lock files stay.
///
/// # Errors
/// [`CleanupError::Lock`] if a driver is running; [`CleanupError::File`] if a file cannot be
/// deleted.
pub fn cleanup_cache(workspace_root: &Path, dry_run: bool) -> Result<u64, CleanupError> {
    let cache = ResultsDir::in_workspace(workspace_root).cache();
    let locks = atomic_file::entries(&cache.join("locks"))?;
    let _locks = if dry_run { Vec::new() } else { lock_all(&locks)? };
    let mut freed = 0;
    for path in atomic_file::entries(&cache)? {
        if path.ends_with("locks") || !path.is_dir() {
            continue;
        }
        freed += bytes_below(&path);
        if !dry_run {
            fs::remove_dir_all(&path).map_err(FileError::at(&path))?;
        }
    }
    Ok(freed)
}

/// Locks all explorations, including those that were removed.
fn lock_all(locks: &[PathBuf]) -> Result<Vec<NameLock>, LockError> {
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    locks.iter().map(|path| NameLock::take(&name(path), path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_kept_while_a_driver_runs() {
        let root = tempfile::tempdir().unwrap();
        let results = ResultsDir::in_workspace(root.path());
        let runner = results.cache().join("runners/one");
        fs::create_dir_all(runner.parent().unwrap()).unwrap();
        fs::write(&runner, "built").unwrap();
        let name: Name = "busy".parse().unwrap();
        let lock = NameLock::take(&name, &results.lock(&name)).unwrap();
        let refused = cleanup_cache(root.path(), false).unwrap_err();
        assert!(refused.to_string().contains("\"busy\""), "{refused}");
        assert!(runner.exists());
        assert_eq!(cleanup_cache(root.path(), true).unwrap(), 5);
        drop(lock);
        assert_eq!(cleanup_cache(root.path(), false).unwrap(), 5);
        assert!(!runner.exists() && results.lock(&name).exists());
    }
}
