//! Commits that we make of others' work: what was left in a worktree, and a strategy of one ref
//! upon the harness of another.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, IndexAddOption, Repository, Signature};

use super::git::{Git, oid};
use super::lock::{Lock, retry};
use super::names::Names;
use super::place::{Place, head_target};
use super::snapshot::commit_of_ours;
use super::workspace::VARIANTS;
use super::worktree::tip;
use super::{Resolved, SourceError};

/// See [`super::Source::keep_work`].
pub(super) fn keep_work(
    git: &Git,
    exploration: &str,
    variant: &str,
    worktree: &Path,
    message: &str,
) -> Result<Option<Resolved>, SourceError> {
    let repository = git.repository()?;
    let names = Names::new(exploration, variant);
    if tip(&repository, &names.branch_ref)?.is_none() {
        return Ok(None);
    }
    let lock = Lock::acquire(repository.commondir())?;
    let place = Place::new(&repository, &names, worktree)?;
    place.tidy(&names)?;
    if place.is_laid_out() {
        let inside = place.open()?;
        place.undo_build(&inside, git.prefix())?;
        let head = head_target(&inside)?;
        if head != names.branch_ref {
            return Err(SourceError::OtherHead {
                worktree: place.folder.clone(),
                branch: names.branch.clone(),
                head: head.trim_start_matches("refs/heads/").to_owned(),
            });
        }
        if place.uncommitted(&inside)?.is_some() {
            commit_all(&inside, message)?;
        }
    }
    drop(lock);
    let now = tip(&repository, &names.branch_ref)?;
    let put_there = [tip(&repository, &names.base_ref)?, tip(&repository, &names.leaving_ref)?];
    if put_there.contains(&now) {
        return Ok(None);
    }
    git.resolve(Some(&names.branch)).map(Some)
}

/// Commits everything that is in a worktree and not ignored, on the branch that it is on.
fn commit_all(inside: &Repository, message: &str) -> Result<(), SourceError> {
    let failed = || SourceError::git("committing what was left in a worktree");
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

/// See [`super::Source::graft`].
pub(super) fn graft(
    git: &Git,
    harness: &Resolved,
    of: &Resolved,
    strategy: &str,
) -> Result<Resolved, SourceError> {
    if harness.tree == of.tree {
        return Ok(of.clone());
    }
    let repository = git.repository()?;
    let doing = format!("putting variants/{strategy} of {} upon {}", of.git_ref, harness.git_ref);
    let failed = || SourceError::git(doing.clone());
    let tree = |at: &Resolved| {
        repository.find_commit(oid(&at.commit)?).and_then(|commit| commit.tree()).map_err(failed())
    };
    let folder = git.prefix().join(VARIANTS).join(strategy);
    let from = tree(of)?.get_path(&folder).map_err(failed())?.id();
    let path = folder.to_string_lossy().into_owned();
    let grafted = TreeUpdateBuilder::new()
        .upsert(path, from, FileMode::Tree)
        .create_updated(&repository, &tree(harness)?)
        .map_err(failed())?;
    let parent = repository.find_commit(oid(&of.commit)?).map_err(failed())?;
    let message = format!("{strategy} alone, upon the harness of {}\n", harness.git_ref);
    let commit = commit_of_ours(&repository, grafted, Some(&parent), &message)?;
    Ok(Resolved {
        git_ref: of.git_ref.clone(),
        commit: commit.to_string(),
        tree: grafted.to_string(),
        harness: harness.harness.clone(),
        dirty: harness.dirty || of.dirty,
        ours: true,
        notes: Vec::new(),
    })
}
