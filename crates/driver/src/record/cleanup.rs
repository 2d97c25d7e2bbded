//! Removing what explorations left: worktrees, branches, results, the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::record::atomic_file::{self, FileError};
use crate::record::name_lock::{LockError, NameLock};
use crate::record::paths::Results;
use crate::request::name::{BadName, Name};
use crate::source::{self, Source, SourceError};
use crate::ui::list::bytes_below;

/// What is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Any folder within the workspace.
    pub start: PathBuf,
    /// The exploration.
    pub name: String,
    /// Whether its branches go too, and whatever work they or the worktrees hold.
    pub delete_branches: bool,
    /// Whether its samples, logs and report go too.
    pub delete_results: bool,
    /// Whether the folder is no git repository.
    pub in_place: bool,
}

/// What is gone, and what stayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Worktrees and branches.
    pub code: source::Cleanup,
    /// Whether the results are gone.
    pub results: bool,
    /// Bytes that were freed.
    pub freed_bytes: u64,
}

/// Why something could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The name breaks the rule.
    #[error(transparent)]
    Name(#[from] BadName),
    /// There is no such exploration.
    #[error("there is no exploration {name:?}; there are: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A driver works on it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Git.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Removes an exploration's worktrees, and what else was asked for.
///
/// # Errors
/// [`CleanupError`]; work of the user's that stayed is no error but part of [`Cleaned`].
pub fn cleanup(request: &Request) -> Result<Cleaned, CleanupError> {
    let name: Name = request.name.parse()?;
    let source = Source::discover(&request.start, request.in_place)?;
    let results = Results::of(source.root());
    let files = results.exploration(&name);
    let exists = files.folder().exists();
    let unknown = || {
        let known = crate::ui::list::list(source.root())?;
        let known = known.into_iter().map(|listed| listed.name).collect();
        Err(CleanupError::Unknown { name: name.to_string(), known })
    };
    if !exists && !request.delete_branches {
        return unknown();
    }
    let _lock = NameLock::take(&name, &results.lock(&name))?;
    let before = bytes_below(files.folder());
    let code = source.cleanup(&name, &files.worktrees(), request.delete_branches)?;
    // Its branches may outlive the folder. A name that has neither is a typing error.
    if !exists && code.worktrees.is_empty() && code.branches.is_empty() && code.kept.is_empty() {
        return unknown();
    }
    // A worktree that was kept lies in the folder; the folder stays with it.
    let kept = fs::read_dir(files.worktrees()).is_ok_and(|mut left| left.next().is_some());
    let gone = request.delete_results && !kept && files.folder().exists();
    if gone {
        fs::remove_dir_all(files.folder()).map_err(FileError::at(files.folder()))?;
    }
    let freed_bytes = before.saturating_sub(bytes_below(files.folder()));
    Ok(Cleaned { code, results: gone, freed_bytes })
}

/// Removes built runners, compiled workloads and compiled dependencies; how many bytes that
/// frees. With `dry_run` it only says so. Locks stay.
///
/// # Errors
/// [`CleanupError::Lock`] if a driver is at work, which needs what is there; [`CleanupError::File`]
/// if something cannot be removed.
pub fn cleanup_cache(workspace_root: &Path, dry_run: bool) -> Result<u64, CleanupError> {
    let cache = Results::of(workspace_root).cache();
    let locks = atomic_file::entries(&cache.join("locks"))?;
    let _locks = if dry_run { Vec::new() } else { hold(&locks)? };
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

/// Takes the locks of all explorations that there ever were.
fn hold(locks: &[PathBuf]) -> Result<Vec<NameLock>, LockError> {
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    locks.iter().map(|path| NameLock::take(&name(path), path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_while_a_driver_needs_it() {
        let root = tempfile::tempdir().unwrap();
        let results = Results::of(root.path());
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
