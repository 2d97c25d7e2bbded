//! Removes the worktrees, branches and refs of an exploration without losing the user's work.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use super::GitWorkspace;
use super::ref_names::{BASES, BRANCHES, LEAVING, RefNames, SNAPSHOTS, worktree_prefix};
use super::repository_lock::RepositoryLock;
use super::worktree::{delete, tip};
use super::worktree_dir::{WorktreeDir, head_target};
use crate::source::error::SourceError;

/// Worktrees, branches and snapshots that a cleanup removed or kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCleanup {
    /// Removed worktrees.
    pub worktrees: Vec<PathBuf>,
    /// Deleted branches.
    pub branches: Vec<String>,
    /// Number of deleted snapshots of uncommitted changes.
    pub snapshots: usize,
    /// Worktrees and branches that were kept because they contain work.
    pub kept: Vec<KeptItem>,
}

/// Worktree or branch that a cleanup kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptItem {
    /// Kind and name, such as `branch explore/mine/lru`.
    pub name: String,
    /// Reason why the worktree or branch was kept.
    pub reason: String,
}

/// Implements `SourceCode::cleanup`.
pub(in crate::source) fn cleanup(
    git: &GitWorkspace,
    exploration: &str,
    worktrees: &Path,
    delete_branches: bool,
) -> Result<SourceCleanup, SourceError> {
    let repository = git.repository()?;
    let _lock = RepositoryLock::acquire(repository.commondir())?;
    let mut done = SourceCleanup::default();
    for variant in variants_with_worktree(&repository, exploration) {
        let names = RefNames::new(exploration, &variant);
        let directory = WorktreeDir::new(&repository, &names, &worktrees.join(&variant))?;
        let reason = match reason_to_keep(git, &directory, &names) {
            Some(reason) if reason.always || !delete_branches => Some(reason.why),
            _ => None,
        };
        match reason {
            Some(reason) => {
                done.kept.push(KeptItem {
                    name: format!("worktree {}", directory.folder.display()),
                    reason,
                });
            }
            None => {
                directory.remove()?;
                done.worktrees.push(directory.folder);
            }
        }
    }
    remove_if_empty(worktrees);
    remove_if_empty(&repository.commondir().join("worktrees"));
    if delete_branches {
        remove_branches(&repository, exploration, &mut done)?;
    }
    done.snapshots = remove_snapshots(&repository)?;
    Ok(done)
}

fn variants_with_worktree(repository: &Repository, exploration: &str) -> Vec<String> {
    let prefix = worktree_prefix(exploration);
    let records = fs::read_dir(repository.commondir().join("worktrees"));
    let mut variants: Vec<String> = records
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_prefix(&prefix)?.to_owned()))
        .collect();
    variants.sort();
    variants
}

/// Reason to keep a worktree.
struct KeepReason {
    why: String,
    /// True if the worktree is kept even when branches are deleted.
    always: bool,
}

fn reason_to_keep(
    git: &GitWorkspace,
    directory: &WorktreeDir,
    names: &RefNames,
) -> Option<KeepReason> {
    let work = |why: String| Some(KeepReason { why, always: false });
    if directory.record.join("locked").exists() {
        let why = "it is locked; unlock it with `git worktree unlock`".to_owned();
        return Some(KeepReason { why, always: true });
    }
    match directory.repair(names) {
        Ok(()) => {}
        Err(error) => return Some(KeepReason { why: error.to_string(), always: true }),
    }
    if !directory.is_checked_out() {
        return None;
    }
    let found = directory.open().and_then(|inside| {
        directory.undo_build(&inside, git.prefix())?;
        Ok((head_target(&inside)?, directory.uncommitted(&inside)?))
    });
    match found {
        Err(error) => work(error.to_string()),
        Ok((_, Some(files))) => work(format!("it contains uncommitted work: {files}")),
        Ok((head, None)) if head != names.branch_ref => {
            work(format!("it is at {head}, not on its branch"))
        }
        Ok(_) => None,
    }
}

fn remove_branches(
    repository: &Repository,
    exploration: &str,
    done: &mut SourceCleanup,
) -> Result<(), SourceError> {
    let prefix = format!("{BRANCHES}{exploration}/");
    for name in ref_names(repository, &prefix)? {
        let variant = name.trim_start_matches(&prefix).to_owned();
        let names = RefNames::new(exploration, &variant);
        let in_use = done.kept.iter().any(|kept| {
            kept.name.starts_with("worktree ") && kept.name.ends_with(&format!("/{variant}"))
        });
        if in_use || is_head_anywhere(repository, &name) {
            let reason = "it is checked out".to_owned();
            done.kept.push(KeptItem { name: format!("branch {}", names.branch), reason });
            continue;
        }
        delete(repository, &name)?;
        done.branches.push(names.branch);
    }
    for folder in [BASES, LEAVING] {
        for name in ref_names(repository, &format!("{folder}{exploration}/"))? {
            let variant = name.rsplit('/').next().unwrap_or_default();
            let branch = RefNames::new(exploration, variant).branch_ref;
            if tip(repository, &branch)?.is_none() {
                delete(repository, &name)?;
            }
        }
    }
    Ok(())
}

fn is_head_anywhere(repository: &Repository, branch: &str) -> bool {
    let common = repository.commondir();
    let records = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
    records
        .map(|entry| entry.path())
        .chain([common.to_path_buf()])
        .filter_map(|record| fs::read_to_string(record.join("HEAD")).ok())
        .any(|head| head.trim_end() == format!("ref: {branch}"))
}

/// Deletes the refs of snapshots that no branch of any exploration contains.
fn remove_snapshots(repository: &Repository) -> Result<usize, SourceError> {
    let mut needed = Vec::new();
    for folder in [BRANCHES, BASES, LEAVING] {
        for name in ref_names(repository, folder)? {
            needed.extend(tip(repository, &name)?);
        }
    }
    let needs = |snapshot: Oid| {
        needed.iter().any(|&tip| {
            tip == snapshot || repository.graph_descendant_of(tip, snapshot).unwrap_or(true)
        })
    };
    let mut removed = 0;
    for name in ref_names(repository, SNAPSHOTS)? {
        if let Some(snapshot) = tip(repository, &name)?
            && !needs(snapshot)
        {
            delete(repository, &name)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn ref_names(repository: &Repository, prefix: &str) -> Result<Vec<String>, SourceError> {
    let doing = || format!("list {prefix}");
    let mut found =
        repository.references_glob(&format!("{prefix}*")).map_err(SourceError::git(doing()))?;
    found.names().map(|name| name.map(str::to_owned).map_err(SourceError::git(doing()))).collect()
}

/// Removes a directory if it exists and is empty.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}
