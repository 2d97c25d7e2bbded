//! What a build may ask and note about the worktree that it works in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::Repository;

use super::Checkout;
use super::place::BUILDING;

/// Says, until dropped, that a build may have rewritten `Cargo.lock` in a worktree, so that the
/// next checkout does not take that for the user's work if we are killed before it is undone.
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

/// Begins a build in a workspace; nothing is noted outside of worktrees.
pub(crate) fn mark_building(workspace: &Path) -> io::Result<Building> {
    let mark = record_of(workspace).map(|record| record.join(BUILDING));
    if let Some(mark) = &mark {
        fs::write(mark, "a build is under way\n")?;
    }
    Ok(Building { mark })
}

/// git's folder for the worktree that holds a workspace; `None` for a main working tree and
/// outside of git.
pub(crate) fn record_of(workspace: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(workspace).ok()?;
    repository.is_worktree().then(|| repository.path().to_path_buf())
}

/// The id of a folder's content as it was committed; `None` outside of git.
pub(crate) fn committed_folder(checkout: &Checkout, folder: &Path) -> Option<String> {
    let repository = Repository::discover(&checkout.path).ok()?;
    let below = folder.strip_prefix(repository.workdir()?.canonicalize().ok()?).ok()?;
    let commit = repository.find_commit(super::git::oid(&checkout.commit).ok()?).ok()?;
    Some(commit.tree().ok()?.get_path(below).ok()?.id().to_string())
}
