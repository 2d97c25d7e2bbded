//! Worktree of one variant on disk: git's record of it, and its directory.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{Repository, StatusOptions};

use super::ref_names::RefNames;
use crate::source::error::SourceError;

/// File in git's record that marks a complete worktree.
///
/// libgit2's `validate` also accepts worktrees that are only partly filled.
const READY_FILE: &str = "bakeoff-ready";
/// File that exists in git's record while a build may have rewritten `Cargo.lock` in the worktree.
pub(in crate::source) const BUILDING_FILE: &str = "bakeoff-building";

/// Worktree of one variant: its directory, and its record inside git.
pub(in crate::source) struct WorktreeDir {
    pub(in crate::source) folder: PathBuf,
    /// Git's record, in `<common git directory>/worktrees/<name>`.
    pub(in crate::source) record: PathBuf,
}

impl WorktreeDir {
    /// Returns the worktree at the path `worktree`; creates its parent directory.
    pub(in crate::source) fn new(
        repository: &Repository,
        names: &RefNames,
        worktree: &Path,
    ) -> Result<Self, SourceError> {
        let parent = worktree.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(SourceError::io("create", parent))?;
        let parent = parent.canonicalize().map_err(SourceError::io("open", parent))?;
        let folder = parent.join(worktree.file_name().unwrap_or_default());
        let record = repository.commondir().join("worktrees").join(&names.worktree);
        Ok(Self { folder, record })
    }

    /// Returns true if the worktree exists and is complete.
    pub(in crate::source) fn is_checked_out(&self) -> bool {
        self.was_complete() && self.folder.join(".git").is_file()
    }

    /// Returns true if git's record says that the worktree was completely filled.
    pub(in crate::source) fn was_complete(&self) -> bool {
        self.record.join(READY_FILE).is_file() && self.record.join("index").is_file()
    }

    /// Removes an incomplete or manually deleted worktree, and relinks one that was moved together
    /// with its repository.
    ///
    /// An incomplete worktree contains no work: it was never complete, or its marker was removed
    /// after a check found no work.
    pub(in crate::source) fn repair(&self, names: &RefNames) -> Result<(), SourceError> {
        if !self.record.is_dir() {
            return self.refuse_foreign_files();
        }
        if let Some(recorded) = self.recorded_folder()
            && recorded != self.folder
        {
            if recorded.join(".git").is_file() {
                let branch = names.branch.clone();
                return Err(SourceError::CheckedOutElsewhere { branch, elsewhere: recorded });
            }
            if self.was_complete() && self.folder_is_ours() {
                return self.relink();
            }
        }
        if self.is_checked_out() {
            return Ok(());
        }
        if self.folder.exists() && self.folder_is_ours() && !self.was_complete() {
            remove(&self.folder)?;
        }
        remove(&self.record)?;
        self.refuse_foreign_files()
    }

    fn recorded_folder(&self) -> Option<PathBuf> {
        let link = fs::read_to_string(self.record.join("gitdir")).ok()?;
        Path::new(link.trim_end()).parent().map(Path::to_path_buf)
    }

    /// Returns true if the directory belongs to this record, complete or not.
    ///
    /// Compares the `.git` link only by the name of the record, because the repository may have
    /// moved.
    fn folder_is_ours(&self) -> bool {
        match fs::read_to_string(self.folder.join(".git")) {
            Ok(link) if !link.trim().is_empty() => {
                let target = Path::new(link.trim_start_matches("gitdir:").trim());
                target.file_name() == self.record.file_name()
            }
            _ => self.recorded_folder().as_ref() == Some(&self.folder) || self.has_only_link(),
        }
    }

    /// Returns true if the directory contains nothing except a `.git` link, as right after its
    /// creation.
    fn has_only_link(&self) -> bool {
        fs::read_dir(&self.folder)
            .is_ok_and(|mut entries| entries.all(|e| e.is_ok_and(|e| e.file_name() == ".git")))
    }

    /// Writes the paths that link the record, the worktree and the repository.
    fn relink(&self) -> Result<(), SourceError> {
        let link = self.folder.join(".git");
        let files = [
            (self.record.join("commondir"), "../..".to_owned()),
            (self.record.join("gitdir"), link.display().to_string()),
            (link, format!("gitdir: {}", self.record.display())),
        ];
        for (path, text) in files {
            fs::write(&path, text + "\n").map_err(SourceError::io("write", &path))?;
        }
        Ok(())
    }

    fn refuse_foreign_files(&self) -> Result<(), SourceError> {
        let in_the_way = || SourceError::PathOccupied { path: self.folder.clone() };
        match fs::read_dir(&self.folder) {
            Ok(mut entries) => match entries.next() {
                Some(_) => Err(in_the_way()),
                None => fs::remove_dir(&self.folder)
                    .map_err(SourceError::io("remove the empty directory", &self.folder)),
            },
            Err(_) if self.folder.exists() => Err(in_the_way()),
            Err(_) => Ok(()),
        }
    }

    /// Opens the worktree as a repository.
    pub(in crate::source) fn open(&self) -> Result<Repository, SourceError> {
        Repository::open(&self.folder)
            .map_err(SourceError::git(format!("open worktree {}", self.folder.display())))
    }

    /// Marks the worktree as complete; the next run creates a worktree without this mark again.
    pub(in crate::source) fn mark_ready(&self) -> Result<(), SourceError> {
        let path = self.record.join(READY_FILE);
        File::create(&path)
            .and_then(|mut file| file.write_all(b"complete\n").and_then(|()| file.sync_all()))
            .map_err(SourceError::io("write", &path))
    }

    /// Removes the mark of a complete worktree, before the worktree changes.
    pub(in crate::source) fn unmark(&self) -> Result<(), SourceError> {
        let path = self.record.join(READY_FILE);
        fs::remove_file(&path).map_err(SourceError::io("remove", &path))
    }

    /// Removes the worktree and its record, in an order that makes an interruption detectable.
    pub(in crate::source) fn remove(&self) -> Result<(), SourceError> {
        if self.record.join(READY_FILE).exists() {
            self.unmark()?;
        }
        remove(&self.folder)?;
        remove(&self.record)
    }

    /// Restores `Cargo.lock` after a build that was killed.
    pub(in crate::source) fn undo_build(
        &self,
        worktree: &Repository,
        prefix: &Path,
    ) -> Result<(), SourceError> {
        let building_file = self.record.join(BUILDING_FILE);
        if !building_file.exists() {
            return Ok(());
        }
        let lock_file = prefix.join("Cargo.lock");
        let mut options = CheckoutBuilder::new();
        options.force().remove_untracked(true).disable_pathspec_match(true).path(&lock_file);
        worktree
            .checkout_head(Some(&mut options))
            .map_err(SourceError::git(format!("restore {}", lock_file.display())))?;
        fs::remove_file(&building_file).map_err(SourceError::io("remove", &building_file))
    }

    /// Returns the first few paths with uncommitted changes; `None` if there are none.
    pub(in crate::source) fn uncommitted(
        &self,
        worktree: &Repository,
    ) -> Result<Option<String>, SourceError> {
        let mut options = StatusOptions::new();
        options.include_untracked(true).exclude_submodules(true);
        let statuses = worktree
            .statuses(Some(&mut options))
            .map_err(SourceError::git(format!("read the status of {}", self.folder.display())))?;
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

/// Returns the target of `HEAD`: the full name of a ref, or a commit.
pub(in crate::source) fn head_target(repository: &Repository) -> Result<String, SourceError> {
    let head = repository.find_reference("HEAD").map_err(SourceError::git("read HEAD"))?;
    let symbolic = head.symbolic_target().ok().flatten().map(str::to_owned);
    Ok(symbolic
        .or_else(|| head.target().map(|commit| commit.to_string()))
        .unwrap_or_else(|| "an invalid HEAD".to_owned()))
}

fn remove(folder: &Path) -> Result<(), SourceError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SourceError::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}
