//! Laying a commit out in a worktree on a branch of its own.

use std::fs;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, Oid, Repository, WorktreeAddOptions};

use super::git::{Git, oid};
use super::lock::{Lock, retry};
use super::names::{Names, SNAPSHOTS};
use super::place::{Place, head_target};
use super::{Checkout, Resolved, SourceError};

/// See [`super::Source::checkout`].
pub(super) fn checkout(
    git: &Git,
    exploration: &str,
    variant: &str,
    at: &Resolved,
    worktree: &Path,
) -> Result<Checkout, SourceError> {
    let repository = git.repository()?;
    let names = Names::new(exploration, variant);
    let target = oid(&at.commit)?;
    let _lock = Lock::acquire(repository.commondir())?;

    refuse_clash(&repository, exploration, &names)?;
    let place = Place::new(&repository, &names, worktree)?;
    place.tidy(&names)?;
    refuse_other_user(&repository, &names)?;
    let step = next_step(&repository, &names, target, exploration)?;
    if at.ours {
        pin(&repository, target)?;
    }
    if step == Step::Create {
        create(&repository, &names, target)?;
    }
    if place.is_laid_out() {
        let inside = place.open()?;
        place.undo_build(&inside, git.prefix())?;
        refuse_work(&place, &inside, &names)?;
        if step == Step::Move {
            place.unmark()?;
            move_branch(&repository, &names, target)?;
            fill(&inside)?;
            place.mark_ready()?;
        }
    } else {
        if step == Step::Move {
            move_branch(&repository, &names, target)?;
        }
        add(&repository, &names, &place)?;
    }
    Ok(Checkout {
        path: git.workspace_in(&place.folder),
        branch: names.branch,
        commit: at.commit.clone(),
        tree: at.tree.clone(),
    })
}

/// Keeps a commit of ours from being collected as garbage once its branch is gone or moved.
fn pin(repository: &Repository, commit: Oid) -> Result<(), SourceError> {
    let name = format!("{SNAPSHOTS}{commit}");
    retry(|| repository.reference(&name, commit, true, "bakeoff: a working tree was measured"))
        .map(drop)
        .map_err(SourceError::git(format!("pinning the snapshot by {name}")))
}

/// What has to happen to the branch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It is not there.
    Create,
    /// It is where it should be.
    Stay,
    /// It is at a commit where we put it, and has to go to another.
    Move,
}

fn next_step(
    repository: &Repository,
    names: &Names,
    target: Oid,
    exploration: &str,
) -> Result<Step, SourceError> {
    let Some(tip) = tip(repository, &names.branch_ref)? else { return Ok(Step::Create) };
    if tip == target {
        return Ok(Step::Stay);
    }
    let ours = [&names.base_ref, &names.leaving_ref];
    for put_there in ours {
        if self::tip(repository, put_there)? == Some(tip) {
            return Ok(Step::Move);
        }
    }
    Err(SourceError::MovedOn {
        branch: names.branch.clone(),
        tip: tip.to_string(),
        wanted: target.to_string(),
        exploration: exploration.to_owned(),
    })
}

/// The commit of a ref, if there is such a ref.
pub(super) fn tip(repository: &Repository, name: &str) -> Result<Option<Oid>, SourceError> {
    match repository.refname_to_id(name) {
        Ok(tip) => Ok(Some(tip)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(SourceError::git(format!("reading {name}"))(error)),
    }
}

/// A ref cannot be a file and a folder at once; git's own message for that leads nowhere.
fn refuse_clash(
    repository: &Repository,
    exploration: &str,
    names: &Names,
) -> Result<(), SourceError> {
    let clash = |existing: &str| SourceError::BranchClash {
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
        repository.references_glob(&below).map_err(SourceError::git(format!("listing {below}")))?;
    match inside.names().next() {
        Some(Ok(name)) => Err(clash(name.trim_start_matches("refs/heads/"))),
        _ => Ok(()),
    }
}

/// Refuses a branch that is checked out anywhere but in our worktree: moving it would pull the
/// ground from under that place.
fn refuse_other_user(repository: &Repository, names: &Names) -> Result<(), SourceError> {
    let common = repository.commondir();
    let wanted = format!("ref: {}", names.branch_ref);
    let is_on = |record: &Path| {
        fs::read_to_string(record.join("HEAD")).is_ok_and(|head| head.trim_end() == wanted)
    };
    let refused = |elsewhere: PathBuf| {
        Err(SourceError::Elsewhere { branch: names.branch.clone(), elsewhere })
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

fn refuse_work(place: &Place, inside: &Repository, names: &Names) -> Result<(), SourceError> {
    let head = head_target(inside)?;
    if head != names.branch_ref {
        return Err(SourceError::OtherHead {
            worktree: place.folder.clone(),
            branch: names.branch.clone(),
            head: head.trim_start_matches("refs/heads/").to_owned(),
        });
    }
    match place.uncommitted(inside)? {
        None => Ok(()),
        Some(files) => Err(SourceError::UncommittedWork {
            worktree: place.folder.clone(),
            branch: names.branch.clone(),
            files,
        }),
    }
}

fn create(repository: &Repository, names: &Names, target: Oid) -> Result<(), SourceError> {
    set(repository, &names.base_ref, target)?;
    set(repository, &names.branch_ref, target)
}

/// Moves a branch so that a kill between any two steps leaves a tip that is known as ours.
fn move_branch(repository: &Repository, names: &Names, target: Oid) -> Result<(), SourceError> {
    if let Some(leaving) = tip(repository, &names.branch_ref)? {
        set(repository, &names.leaving_ref, leaving)?;
    }
    set(repository, &names.base_ref, target)?;
    set(repository, &names.branch_ref, target)?;
    delete(repository, &names.leaving_ref)
}

fn set(repository: &Repository, name: &str, target: Oid) -> Result<(), SourceError> {
    let why = "bakeoff: laid out for an exploration";
    retry(|| repository.reference(name, target, true, why).map(drop))
        .map_err(SourceError::git(format!("setting {name}")))
}

/// Deletes a ref; one that is not there is no error.
pub(super) fn delete(repository: &Repository, name: &str) -> Result<(), SourceError> {
    let deleted = retry(|| repository.find_reference(name)?.delete());
    match deleted {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
        other => other.map_err(SourceError::git(format!("deleting {name}"))),
    }
}

fn add(repository: &Repository, names: &Names, place: &Place) -> Result<(), SourceError> {
    let doing = || format!("adding worktree {}", place.folder.display());
    let branch = repository
        .find_reference(&names.branch_ref)
        .map_err(SourceError::git(format!("reading {}", names.branch_ref)))?;
    let mut options = WorktreeAddOptions::new();
    options.reference(Some(&branch));
    retry(|| repository.worktree(&names.worktree, &place.folder, Some(&options)).map(drop))
        .map_err(|error| missing_object(repository, doing(), error))?;
    place.mark_ready()
}

/// Brings the files of a worktree to its branch's tip.
fn fill(inside: &Repository) -> Result<(), SourceError> {
    let mut options = CheckoutBuilder::new();
    options.force();
    inside
        .checkout_head(Some(&mut options))
        .map_err(|error| missing_object(inside, "filling the worktree".to_owned(), error))
}

/// In a clone without blobs a checkout fails for want of objects that only the git command would
/// fetch.
fn missing_object(repository: &Repository, doing: String, error: git2::Error) -> SourceError {
    let partial = repository.config().is_ok_and(|config| {
        config.entries(Some(r"remote\..*\.promisor")).is_ok_and(|mut all| all.next().is_some())
    });
    if partial && error.code() == ErrorCode::NotFound {
        return SourceError::Unsupported {
            root: repository.workdir().unwrap_or(repository.path()).to_path_buf(),
            what: format!("this partial clone lacks objects ({})", error.message()),
            hint: "fetch them with `git fetch --refetch --no-filter`, or pass --in-place".into(),
        };
    }
    SourceError::git(doing)(error)
}
