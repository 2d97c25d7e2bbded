//! Checks out a commit in a worktree, on the branch of a variant.

use std::fs;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, Oid, Repository, WorktreeAddOptions};

use super::ref_names::{RefNames, SNAPSHOTS};
use super::repository_lock::{RepositoryLock, retry};
use super::worktree_dir::{WorktreeDir, head_target};
use super::{GitWorkspace, oid};
use crate::source::error::SourceError;
use crate::source::revision::{Checkout, Revision};

/// Implements `SourceCode::checkout`.
pub(in crate::source) fn checkout(
    git: &GitWorkspace,
    exploration: &str,
    variant: &str,
    at: &Revision,
    worktree: &Path,
) -> Result<Checkout, SourceError> {
    let repository = git.repository()?;
    let names = RefNames::new(exploration, variant);
    let target = oid(&at.commit)?;
    let _lock = RepositoryLock::acquire(repository.commondir())?;

    refuse_clash(&repository, exploration, &names)?;
    let directory = WorktreeDir::new(&repository, &names, worktree)?;
    directory.repair(&names)?;
    refuse_checked_out_elsewhere(&repository, &names)?;
    let change = required_change(&repository, &names, target, exploration)?;
    if at.created_by_bakeoff {
        protect_commit(&repository, target)?;
    }
    if change == BranchChange::Create {
        create(&repository, &names, target)?;
    }
    if directory.is_checked_out() {
        let inside = directory.open()?;
        directory.undo_build(&inside, git.prefix())?;
        refuse_uncommitted(&directory, &inside, &names)?;
        if change == BranchChange::Move {
            directory.unmark()?;
            move_branch(&repository, &names, target)?;
            fill(&inside)?;
            directory.mark_ready()?;
        }
    } else {
        if change == BranchChange::Move {
            move_branch(&repository, &names, target)?;
        }
        add(&repository, &names, &directory)?;
    }
    Ok(Checkout {
        path: git.workspace_in(&directory.folder),
        branch: names.branch,
        commit: at.commit.clone(),
        tree: at.tree.clone(),
    })
}

/// Protects a commit from garbage collection after its branch is deleted or moved.
fn protect_commit(repository: &Repository, commit: Oid) -> Result<(), SourceError> {
    let name = format!("{SNAPSHOTS}{commit}");
    retry(|| {
        repository.reference(&name, commit, true, "bakeoff: snapshot of a measured working tree")
    })
    .map(drop)
    .map_err(SourceError::git(format!("create {name}")))
}

/// Change that a checkout makes to the variant's branch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BranchChange {
    Create,
    Keep,
    /// The tip was set by this program, and another commit is requested.
    Move,
}

fn required_change(
    repository: &Repository,
    names: &RefNames,
    target: Oid,
    exploration: &str,
) -> Result<BranchChange, SourceError> {
    let Some(tip) = tip(repository, &names.branch_ref)? else { return Ok(BranchChange::Create) };
    if tip == target {
        return Ok(BranchChange::Keep);
    }
    for set_by_us in [&names.base_ref, &names.leaving_ref] {
        if self::tip(repository, set_by_us)? == Some(tip) {
            return Ok(BranchChange::Move);
        }
    }
    Err(SourceError::BranchHasCommits {
        branch: names.branch.clone(),
        tip: tip.to_string(),
        wanted: target.to_string(),
        exploration: exploration.to_owned(),
    })
}

/// Returns the commit of a ref; `None` if the ref does not exist.
pub(in crate::source) fn tip(
    repository: &Repository,
    name: &str,
) -> Result<Option<Oid>, SourceError> {
    match repository.refname_to_id(name) {
        Ok(tip) => Ok(Some(tip)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(SourceError::git(format!("read {name}"))(error)),
    }
}

/// Refuses a branch name that is a prefix of another one, or the reverse.
///
/// git stores refs as files and directories, and its own message does not explain the conflict.
fn refuse_clash(
    repository: &Repository,
    exploration: &str,
    names: &RefNames,
) -> Result<(), SourceError> {
    let clash = |existing: &str| SourceError::BranchNameConflict {
        existing: existing.to_owned(),
        wanted: names.branch.clone(),
    };
    for folder in ["explore".to_owned(), format!("explore/{exploration}")] {
        if tip(repository, &format!("refs/heads/{folder}"))?.is_some() {
            return Err(clash(&folder));
        }
    }
    let below = format!("{}/*", names.branch_ref);
    let mut inside =
        repository.references_glob(&below).map_err(SourceError::git(format!("list {below}")))?;
    match inside.names().next() {
        Some(Ok(name)) => Err(clash(name.trim_start_matches("refs/heads/"))),
        _ => Ok(()),
    }
}

/// Refuses a branch that is checked out in another worktree, which moving it would break.
fn refuse_checked_out_elsewhere(
    repository: &Repository,
    names: &RefNames,
) -> Result<(), SourceError> {
    let common = repository.commondir();
    let wanted = format!("ref: {}", names.branch_ref);
    let is_on = |record: &Path| {
        fs::read_to_string(record.join("HEAD")).is_ok_and(|head| head.trim_end() == wanted)
    };
    let refused = |elsewhere: PathBuf| {
        Err(SourceError::CheckedOutElsewhere { branch: names.branch.clone(), elsewhere })
    };
    if is_on(common) {
        return refused(common.parent().unwrap_or(common).to_path_buf());
    }
    let Ok(records) = fs::read_dir(common.join("worktrees")) else { return Ok(()) };
    for record in records.flatten().map(|entry| entry.path()) {
        let ours = record.file_name().is_some_and(|name| name == names.worktree.as_str());
        if !ours && is_on(&record) {
            let link = fs::read_to_string(record.join("gitdir")).unwrap_or_default();
            let folder = Path::new(link.trim_end()).parent().map(Path::to_path_buf);
            return refused(folder.unwrap_or(record));
        }
    }
    Ok(())
}

fn refuse_uncommitted(
    directory: &WorktreeDir,
    inside: &Repository,
    names: &RefNames,
) -> Result<(), SourceError> {
    let head = head_target(inside)?;
    if head != names.branch_ref {
        return Err(SourceError::UnexpectedHead {
            worktree: directory.folder.clone(),
            branch: names.branch.clone(),
            head: head.trim_start_matches("refs/heads/").to_owned(),
        });
    }
    match directory.uncommitted(inside)? {
        None => Ok(()),
        Some(files) => Err(SourceError::UncommittedWork {
            worktree: directory.folder.clone(),
            branch: names.branch.clone(),
            files,
        }),
    }
}

fn create(repository: &Repository, names: &RefNames, target: Oid) -> Result<(), SourceError> {
    set(repository, &names.base_ref, target)?;
    set(repository, &names.branch_ref, target)
}

/// Moves a branch.
///
/// If the process is killed between two steps, the refs still show that this program set the tip.
fn move_branch(repository: &Repository, names: &RefNames, target: Oid) -> Result<(), SourceError> {
    if let Some(leaving) = tip(repository, &names.branch_ref)? {
        set(repository, &names.leaving_ref, leaving)?;
    }
    set(repository, &names.base_ref, target)?;
    set(repository, &names.branch_ref, target)?;
    delete(repository, &names.leaving_ref)
}

fn set(repository: &Repository, name: &str, target: Oid) -> Result<(), SourceError> {
    let why = "bakeoff: checked out for an exploration";
    retry(|| repository.reference(name, target, true, why).map(drop))
        .map_err(SourceError::git(format!("set {name}")))
}

/// Deletes a ref; a ref that does not exist is not an error.
pub(in crate::source) fn delete(repository: &Repository, name: &str) -> Result<(), SourceError> {
    let deleted = retry(|| repository.find_reference(name)?.delete());
    match deleted {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
        other => other.map_err(SourceError::git(format!("delete {name}"))),
    }
}

fn add(
    repository: &Repository,
    names: &RefNames,
    directory: &WorktreeDir,
) -> Result<(), SourceError> {
    let doing = || format!("add worktree {}", directory.folder.display());
    let branch = repository
        .find_reference(&names.branch_ref)
        .map_err(SourceError::git(format!("read {}", names.branch_ref)))?;
    let mut options = WorktreeAddOptions::new();
    options.reference(Some(&branch));
    retry(|| repository.worktree(&names.worktree, &directory.folder, Some(&options)).map(drop))
        .map_err(|error| missing_object(repository, doing(), error))?;
    directory.mark_ready()
}

/// Updates the files of a worktree to the tip of its branch.
fn fill(inside: &Repository) -> Result<(), SourceError> {
    let mut options = CheckoutBuilder::new();
    options.force();
    inside
        .checkout_head(Some(&mut options))
        .map_err(|error| missing_object(inside, "update the worktree".to_owned(), error))
}

/// Explains a failed checkout in a partial clone, where only the git command can fetch objects.
fn missing_object(repository: &Repository, doing: String, error: git2::Error) -> SourceError {
    let partial = repository.config().is_ok_and(|config| {
        config.entries(Some(r"remote\..*\.promisor")).is_ok_and(|mut all| all.next().is_some())
    });
    if partial && error.code() == ErrorCode::NotFound {
        return SourceError::Unsupported {
            root: repository.workdir().unwrap_or(repository.path()).to_path_buf(),
            what: format!("this partial clone does not contain all objects ({})", error.message()),
            hint: "fetch them with `git fetch --refetch --no-filter`, or pass --in-place".into(),
        };
    }
    SourceError::git(doing)(error)
}
