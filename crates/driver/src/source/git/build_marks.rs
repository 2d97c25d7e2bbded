//! Marks that protect a worktree during a build.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::Repository;

use super::worktree_dir::BUILDING;
use crate::source::revision::Checkout;

/// Marks, until dropped, that a build may have rewritten `Cargo.lock` in a worktree.
///
/// If the process is killed before the file is restored, the next checkout restores it instead of
/// treating it as the user's work.
#[derive(Debug)]
pub(crate) struct Building {
    mark: Option<PathBuf>,
}

impl Drop for Building {
    fn drop(&mut self) {
        if let Some(mark) = &self.mark {
            // The next checkout removes it as well.
            let _ = fs::remove_file(mark);
        }
    }
}

/// Marks the start of a build in a workspace; outside of worktrees it does nothing.
pub(crate) fn mark_building(workspace: &Path) -> io::Result<Building> {
    let mark = record_of(workspace).map(|record| record.join(BUILDING));
    if let Some(mark) = &mark {
        fs::write(mark, "a build is running\n")?;
    }
    Ok(Building { mark })
}

/// Returns git's record of the worktree that contains a workspace.
///
/// `None` for a main working tree and outside of git.
pub(crate) fn record_of(workspace: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(workspace).ok()?;
    repository.is_worktree().then(|| repository.path().to_path_buf())
}

/// Returns the committed tree id of a directory; `None` outside of git.
pub(crate) fn committed_folder(checkout: &Checkout, folder: &Path) -> Option<String> {
    let repository = Repository::discover(&checkout.path).ok()?;
    let below = folder.strip_prefix(repository.workdir()?.canonicalize().ok()?).ok()?;
    let commit = repository.find_commit(super::oid(&checkout.commit).ok()?).ok()?;
    Some(commit.tree().ok()?.get_path(below).ok()?.id().to_string())
}
