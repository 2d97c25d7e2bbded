//! Marks a worktree in which a build may have rewritten `Cargo.lock`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::Repository;

use super::worktree_dir::BUILDING_FILE;
use crate::source::revision::Checkout;

/// File that says that a build may have rewritten `Cargo.lock` in a worktree; removed on drop.
///
/// If the process is killed before it restores `Cargo.lock`, the next checkout restores it instead
/// of treating it as the user's work.
#[derive(Debug)]
pub(crate) struct BuildMark {
    path: Option<PathBuf>,
}

impl Drop for BuildMark {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // If this fails, the next checkout removes the mark.
            let _ = fs::remove_file(path);
        }
    }
}

/// Marks the start of a build in a workspace; does nothing outside of worktrees.
pub(crate) fn mark_building(workspace: &Path) -> io::Result<BuildMark> {
    let path = worktree_record(workspace).map(|record| record.join(BUILDING_FILE));
    if let Some(path) = &path {
        fs::write(path, "a build is running\n")?;
    }
    Ok(BuildMark { path })
}

/// Returns the directory of git's record of the worktree that contains a workspace.
///
/// `None` for a main working tree and outside of git.
pub(crate) fn worktree_record(workspace: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(workspace).ok()?;
    repository.is_worktree().then(|| repository.path().to_path_buf())
}

/// Returns the committed tree id of a directory; `None` outside of git.
pub(crate) fn committed_tree_id(checkout: &Checkout, folder: &Path) -> Option<String> {
    let repository = Repository::discover(&checkout.path).ok()?;
    let below = folder.strip_prefix(repository.workdir()?.canonicalize().ok()?).ok()?;
    let commit = repository.find_commit(super::oid(&checkout.commit).ok()?).ok()?;
    Some(commit.tree().ok()?.get_path(below).ok()?.id().to_string())
}
