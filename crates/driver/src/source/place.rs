//! One variant's worktree as it is found on disk: git's record of it, and its folder.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{Repository, StatusOptions};

use super::SourceError;
use super::names::Names;

/// Written into git's record once every file of a worktree is there. Without it the worktree is
/// half made, whatever libgit2's `validate` says.
const READY: &str = "bakeoff-ready";
/// In git's record while a build may have rewritten `Cargo.lock` in the worktree.
pub(super) const BUILDING: &str = "bakeoff-building";

/// Where one variant's worktree lies, for the user and inside git.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// git's record of the worktree, `<common>/worktrees/<name>`.
    pub(super) record: PathBuf,
}

impl Place {
    /// The place for a worktree that is to be laid out at `worktree`; its parent is created.
    pub(super) fn new(
        repository: &Repository,
        names: &Names,
        worktree: &Path,
    ) -> Result<Self, SourceError> {
        let parent = worktree.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(SourceError::io("creating", parent))?;
        let parent = parent.canonicalize().map_err(SourceError::io("opening", parent))?;
        let folder = parent.join(worktree.file_name().unwrap_or_default());
        let record = repository.commondir().join("worktrees").join(&names.worktree);
        Ok(Self { folder, record })
    }

    /// Whether the worktree is there, whole.
    pub(super) fn is_laid_out(&self) -> bool {
        self.is_whole() && self.folder.join(".git").is_file()
    }

    /// Whether git's record is that of a worktree that was once whole.
    pub(super) fn is_whole(&self) -> bool {
        self.record.join(READY).is_file() && self.record.join("index").is_file()
    }

    /// Takes away what is half made or was deleted by hand, and mends a worktree that moved
    /// together with its repository.
    ///
    /// A half-made worktree holds no work: its marker is missing because it was never whole, or
    /// was taken away only after the worktree was seen to hold none.
    pub(super) fn tidy(&self, names: &Names) -> Result<(), SourceError> {
        if !self.record.is_dir() {
            return self.refuse_stranger();
        }
        if let Some(recorded) = self.recorded_folder()
            && recorded != self.folder
        {
            if recorded.join(".git").is_file() {
                let branch = names.branch.clone();
                return Err(SourceError::Elsewhere { branch, elsewhere: recorded });
            }
            if self.is_whole() && self.folder_is_ours() {
                return self.relink();
            }
        }
        if self.is_laid_out() {
            return Ok(());
        }
        if self.folder.exists() && self.folder_is_ours() && !self.is_whole() {
            remove(&self.folder)?;
        }
        remove(&self.record)?;
        self.refuse_stranger()
    }

    fn recorded_folder(&self) -> Option<PathBuf> {
        let link = fs::read_to_string(self.record.join("gitdir")).ok()?;
        Path::new(link.trim_end()).parent().map(Path::to_path_buf)
    }

    /// Whether the folder is this record's, as far as it came to be one or is left of one: its
    /// link names the record, wherever the repository lay at the time, or there is no link yet
    /// or any more.
    fn folder_is_ours(&self) -> bool {
        match fs::read_to_string(self.folder.join(".git")) {
            Ok(link) if !link.trim().is_empty() => {
                let target = Path::new(link.trim_start_matches("gitdir:").trim());
                target.file_name() == self.record.file_name()
            }
            _ => self.recorded_folder().as_ref() == Some(&self.folder) || self.is_bare_folder(),
        }
    }

    /// Whether nothing but an unwritten link is in the folder: it was made a moment before that.
    fn is_bare_folder(&self) -> bool {
        fs::read_dir(&self.folder)
            .is_ok_and(|mut entries| entries.all(|e| e.is_ok_and(|e| e.file_name() == ".git")))
    }

    /// Writes the paths by which the record, the worktree and the repository find each other.
    fn relink(&self) -> Result<(), SourceError> {
        let link = self.folder.join(".git");
        let files = [
            (self.record.join("commondir"), "../..".to_owned()),
            (self.record.join("gitdir"), link.display().to_string()),
            (link, format!("gitdir: {}", self.record.display())),
        ];
        for (path, text) in files {
            fs::write(&path, text + "\n").map_err(SourceError::io("writing", &path))?;
        }
        Ok(())
    }

    fn refuse_stranger(&self) -> Result<(), SourceError> {
        let stranger = || SourceError::InTheWay { path: self.folder.clone() };
        match fs::read_dir(&self.folder) {
            Ok(mut entries) => match entries.next() {
                Some(_) => Err(stranger()),
                None => fs::remove_dir(&self.folder)
                    .map_err(SourceError::io("removing the empty folder", &self.folder)),
            },
            Err(_) if self.folder.exists() => Err(stranger()),
            Err(_) => Ok(()),
        }
    }

    /// The worktree as a repository.
    pub(super) fn open(&self) -> Result<Repository, SourceError> {
        Repository::open(&self.folder)
            .map_err(SourceError::git(format!("opening worktree {}", self.folder.display())))
    }

    /// Says that the worktree is whole; a kill before this makes the next run begin again.
    pub(super) fn mark_ready(&self) -> Result<(), SourceError> {
        let path = self.record.join(READY);
        File::create(&path)
            .and_then(|mut file| file.write_all(b"laid out whole\n").and_then(|()| file.sync_all()))
            .map_err(SourceError::io("writing", &path))
    }

    /// Says that the worktree is about to change.
    pub(super) fn unmark(&self) -> Result<(), SourceError> {
        let path = self.record.join(READY);
        fs::remove_file(&path).map_err(SourceError::io("removing", &path))
    }

    /// Removes the worktree and its record, in the order that a kill in between can be seen.
    pub(super) fn remove(&self) -> Result<(), SourceError> {
        if self.record.join(READY).exists() {
            self.unmark()?;
        }
        remove(&self.folder)?;
        remove(&self.record)
    }

    /// Undoes what a build that was killed did to `Cargo.lock`.
    pub(super) fn undo_build(
        &self,
        worktree: &Repository,
        prefix: &Path,
    ) -> Result<(), SourceError> {
        let mark = self.record.join(BUILDING);
        if !mark.exists() {
            return Ok(());
        }
        let lock_file = prefix.join("Cargo.lock");
        let mut options = CheckoutBuilder::new();
        options.force().remove_untracked(true).disable_pathspec_match(true).path(&lock_file);
        worktree
            .checkout_head(Some(&mut options))
            .map_err(SourceError::git(format!("restoring {}", lock_file.display())))?;
        fs::remove_file(&mark).map_err(SourceError::io("removing", &mark))
    }

    /// What the worktree holds that is in no commit: the first few paths, or `None`.
    pub(super) fn uncommitted(&self, worktree: &Repository) -> Result<Option<String>, SourceError> {
        let mut options = StatusOptions::new();
        options.include_untracked(true).exclude_submodules(true);
        let statuses = worktree
            .statuses(Some(&mut options))
            .map_err(SourceError::git(format!("reading status of {}", self.folder.display())))?;
        let mut files: Vec<String> = statuses
            .iter()
            .take(3)
            .map(|entry| String::from_utf8_lossy(entry.path_bytes()).into_owned())
            .collect();
        if statuses.len() > files.len() {
            files.push(format!("and {} more", statuses.len() - files.len()));
        }
        Ok((!files.is_empty()).then(|| files.join(", ")))
    }
}

/// What `HEAD` says: a ref's full name, or a commit.
pub(super) fn head_target(repository: &Repository) -> Result<String, SourceError> {
    let head = repository.find_reference("HEAD").map_err(SourceError::git("reading HEAD"))?;
    let symbolic = head.symbolic_target().ok().flatten().map(str::to_owned);
    Ok(symbolic
        .or_else(|| head.target().map(|commit| commit.to_string()))
        .unwrap_or_else(|| "an unreadable HEAD".to_owned()))
}

fn remove(folder: &Path) -> Result<(), SourceError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SourceError::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}
