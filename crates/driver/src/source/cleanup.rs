//! Taking an exploration's worktrees, branches and refs away without losing anyone's work.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use super::SourceError;
use super::git::Git;
use super::lock::Lock;
use super::names::{BASES, BRANCHES, LEAVING, Names, SNAPSHOTS, worktree_prefix};
use super::place::{Place, head_target};
use super::worktree::{delete, tip};

/// What a cleanup did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    /// Worktrees that are gone.
    pub worktrees: Vec<PathBuf>,
    /// Branches that are gone.
    pub branches: Vec<String>,
    /// Snapshots of dirty trees that nothing needs any more.
    pub snapshots: usize,
    /// What stayed because it holds work.
    pub kept: Vec<Kept>,
}

/// Something that a cleanup left where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The worktree or branch.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
}

/// See [`super::Source::cleanup`].
pub(super) fn cleanup(
    git: &Git,
    exploration: &str,
    worktrees: &Path,
    delete_branches: bool,
) -> Result<Cleanup, SourceError> {
    let repository = git.repository()?;
    let _lock = Lock::acquire(repository.commondir())?;
    let mut done = Cleanup::default();
    for variant in variants_with_worktree(&repository, exploration) {
        let names = Names::new(exploration, &variant);
        let place = Place::new(&repository, &names, &worktrees.join(&variant))?;
        let reason = match reason_to_keep(git, &place, &names) {
            Some(reason) if reason.always || !delete_branches => Some(reason.why),
            _ => None,
        };
        match reason {
            Some(why) => {
                done.kept.push(Kept { what: format!("worktree {}", place.folder.display()), why });
            }
            None => {
                place.remove()?;
                done.worktrees.push(place.folder);
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

/// Why a worktree should stay.
struct Reason {
    why: String,
    /// Whether it stays even where branches are to be deleted.
    always: bool,
}

fn reason_to_keep(git: &Git, place: &Place, names: &Names) -> Option<Reason> {
    let work = |why: String| Some(Reason { why, always: false });
    if place.record.join("locked").exists() {
        let why = "it is locked; `git worktree unlock` frees it".to_owned();
        return Some(Reason { why, always: true });
    }
    match place.tidy(names) {
        Ok(()) => {}
        Err(error) => return Some(Reason { why: error.to_string(), always: true }),
    }
    if !place.is_laid_out() {
        return None;
    }
    let looked = place.open().and_then(|inside| {
        place.undo_build(&inside, git.prefix())?;
        Ok((head_target(&inside)?, place.uncommitted(&inside)?))
    });
    match looked {
        Err(error) => work(error.to_string()),
        Ok((_, Some(files))) => work(format!("it holds uncommitted work: {files}")),
        Ok((head, None)) if head != names.branch_ref => {
            work(format!("it is at {head}, not on its branch"))
        }
        Ok(_) => None,
    }
}

fn remove_branches(
    repository: &Repository,
    exploration: &str,
    done: &mut Cleanup,
) -> Result<(), SourceError> {
    let prefix = format!("{BRANCHES}{exploration}/");
    for name in ref_names(repository, &prefix)? {
        let variant = name.trim_start_matches(&prefix).to_owned();
        let names = Names::new(exploration, &variant);
        let in_use = done.kept.iter().any(|kept| {
            kept.what.starts_with("worktree ") && kept.what.ends_with(&format!("/{variant}"))
        });
        if in_use || is_head_anywhere(repository, &name) {
            let why = "it is checked out".to_owned();
            done.kept.push(Kept { what: format!("branch {}", names.branch), why });
            continue;
        }
        delete(repository, &name)?;
        done.branches.push(names.branch);
    }
    for folder in [BASES, LEAVING] {
        for name in ref_names(repository, &format!("{folder}{exploration}/"))? {
            let variant = name.rsplit('/').next().unwrap_or_default();
            let branch = Names::new(exploration, variant).branch_ref;
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

/// Unpins the snapshots that no branch of any exploration stands on.
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
    let doing = || format!("listing {prefix}");
    let mut found =
        repository.references_glob(&format!("{prefix}*")).map_err(SourceError::git(doing()))?;
    found.names().map(|name| name.map(str::to_owned).map_err(SourceError::git(doing()))).collect()
}

/// Takes an empty folder away; one that is not empty or not there stays as it is.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}
