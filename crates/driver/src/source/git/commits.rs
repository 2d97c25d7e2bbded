//! Commits the uncommitted work in a worktree, and combines trees of two refs in a commit.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, IndexAddOption, Repository, Signature};

use super::ref_names::RefNames;
use super::repository_lock::{RepositoryLock, retry};
use super::snapshot::commit_of_ours;
use super::worktree::tip;
use super::worktree_dir::{WorktreeDir, head_target};
use super::{GitWorkspace, oid};
use crate::source::error::SourceError;
use crate::source::revision::Revision;
use crate::source::workspace::VARIANTS;

/// Implements `SourceCode::commit_uncommitted`.
pub(in crate::source) fn commit_uncommitted(
    git: &GitWorkspace,
    exploration: &str,
    variant: &str,
    worktree: &Path,
    message: &str,
) -> Result<Option<Revision>, SourceError> {
    let repository = git.repository()?;
    let names = RefNames::new(exploration, variant);
    if tip(&repository, &names.branch_ref)?.is_none() {
        return Ok(None);
    }
    let lock = RepositoryLock::acquire(repository.commondir())?;
    let directory = WorktreeDir::new(&repository, &names, worktree)?;
    directory.repair(&names)?;
    if directory.is_checked_out() {
        let inside = directory.open()?;
        directory.undo_build(&inside, git.prefix())?;
        let head = head_target(&inside)?;
        if head != names.branch_ref {
            return Err(SourceError::UnexpectedHead {
                worktree: directory.folder.clone(),
                branch: names.branch.clone(),
                head: head.trim_start_matches("refs/heads/").to_owned(),
            });
        }
        if directory.uncommitted(&inside)?.is_some() {
            commit_all(&inside, message)?;
        }
    }
    drop(lock);
    let now = tip(&repository, &names.branch_ref)?;
    let set_by_checkout =
        [tip(&repository, &names.base_ref)?, tip(&repository, &names.leaving_ref)?];
    if set_by_checkout.contains(&now) {
        return Ok(None);
    }
    git.resolve(&names.branch).map(Some)
}

/// Commits all files of a worktree that git does not ignore, to its current branch.
fn commit_all(inside: &Repository, message: &str) -> Result<(), SourceError> {
    let failed = || SourceError::git("commit the changes in a worktree");
    let mut index = inside.index().map_err(failed())?;
    index.add_all(["*"], IndexAddOption::DEFAULT, None).map_err(failed())?;
    index.update_all(["*"], None).map_err(failed())?;
    index.write().map_err(failed())?;
    let tree = index.write_tree().and_then(|tree| inside.find_tree(tree)).map_err(failed())?;
    let head = inside.head().and_then(|head| head.peel_to_commit()).map_err(failed())?;
    let author = inside
        .signature()
        .or_else(|_| Signature::now("bakeoff", "bakeoff@localhost"))
        .map_err(failed())?;
    retry(|| inside.commit(Some("HEAD"), &author, &author, message, &tree, &[&head]).map(drop))
        .map_err(failed())
}

/// Implements `SourceCode::combine`.
pub(in crate::source) fn combine(
    git: &GitWorkspace,
    harness: &Revision,
    of: &Revision,
    strategy: &str,
) -> Result<Revision, SourceError> {
    if harness.tree == of.tree {
        return Ok(of.clone());
    }
    let repository = git.repository()?;
    let doing = format!("combine variants/{strategy} of {} with {}", of.git_ref, harness.git_ref);
    let failed = || SourceError::git(doing.clone());
    let tree = |at: &Revision| {
        repository.find_commit(oid(&at.commit)?).and_then(|commit| commit.tree()).map_err(failed())
    };
    let folder = git.prefix().join(VARIANTS).join(strategy);
    let from = tree(of)?.get_path(&folder).map_err(failed())?.id();
    let path = folder.to_string_lossy().into_owned();
    let combined = TreeUpdateBuilder::new()
        .upsert(path, from, FileMode::Tree)
        .create_updated(&repository, &tree(harness)?)
        .map_err(failed())?;
    let parent = repository.find_commit(oid(&of.commit)?).map_err(failed())?;
    let message = format!("variants/{strategy} with the harness of {}\n", harness.git_ref);
    let commit = commit_of_ours(&repository, combined, Some(&parent), &message)?;
    Ok(Revision {
        git_ref: of.git_ref.clone(),
        commit: commit.to_string(),
        tree: combined.to_string(),
        harness: harness.harness.clone(),
        dirty: harness.dirty || of.dirty,
        created_by_bakeoff: true,
        notes: Vec::new(),
    })
}
