//! A git repository: opening it, and reading commits without touching the working tree.

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode, ObjectType, Oid, Repository, Tree};

use super::workspace::{MANIFEST, VARIANTS};
use super::{Resolved, SourceError, snapshot};

/// The folder that holds all that measures: the runner's crate and what it is made of.
const HARNESS: &str = "crates";

/// A workspace in a git repository.
#[derive(Clone, Debug)]
pub struct Git {
    /// The workspace root, absolute.
    root: PathBuf,
    /// The workspace root below the repository's working tree; empty where they are the same.
    prefix: PathBuf,
}

impl Git {
    /// Opens the repository around a workspace root, to learn at once whether it can be used.
    pub(super) fn open(root: PathBuf) -> Result<Self, SourceError> {
        let repository = open_at(&root)?;
        let Some(top) = repository.workdir().and_then(|top| top.canonicalize().ok()) else {
            return Err(SourceError::NoRepository { root });
        };
        let Ok(prefix) = root.strip_prefix(&top).map(Path::to_path_buf) else {
            return Err(SourceError::NoRepository { root });
        };
        Ok(Self { root, prefix })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The workspace root below the top of any working tree of this repository.
    pub(super) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The workspace root in a worktree.
    pub(super) fn workspace_in(&self, worktree: &Path) -> PathBuf {
        // Joining an empty path would add a slash at the end.
        if self.prefix.as_os_str().is_empty() {
            worktree.to_path_buf()
        } else {
            worktree.join(&self.prefix)
        }
    }

    /// A fresh handle: libgit2's are not to be shared by threads.
    pub(super) fn repository(&self) -> Result<Repository, SourceError> {
        open_at(&self.root)
    }

    pub(super) fn resolve(&self, git_ref: Option<&str>) -> Result<Resolved, SourceError> {
        let repository = self.repository()?;
        let Some(git_ref) = git_ref else {
            let at = snapshot::resolve_working_tree(self, &repository)?;
            return Ok(Resolved { harness: self.harness(&repository, &at)?, ..at });
        };
        let unknown = |error: git2::Error| SourceError::UnknownRef {
            git_ref: git_ref.to_owned(),
            message: error.message().to_owned(),
        };
        let object = repository.revparse_single(git_ref).map_err(unknown)?;
        let commit = object.peel_to_commit().map_err(unknown)?;
        let at = Resolved {
            git_ref: git_ref.to_owned(),
            commit: commit.id().to_string(),
            tree: commit.tree_id().to_string(),
            ..Resolved::default()
        };
        Ok(Resolved { harness: self.harness(&repository, &at)?, ..at })
    }

    /// The id of the folder that holds what measures; empty where there is none.
    fn harness(&self, repository: &Repository, at: &Resolved) -> Result<String, SourceError> {
        let entry = tree_of(repository, at)?.get_path(&self.prefix.join(HARNESS));
        Ok(entry.map(|entry| entry.id().to_string()).unwrap_or_default())
    }

    pub(super) fn strategies(&self, at: &Resolved) -> Result<Vec<String>, SourceError> {
        let repository = self.repository()?;
        let tree = tree_of(&repository, at)?;
        let folder = self.prefix.join(VARIANTS);
        let variants = match tree.get_path(&folder) {
            Ok(entry) => entry
                .to_object(&repository)
                .and_then(|object| object.peel_to_tree())
                .map_err(SourceError::git("reading variants/"))?,
            Err(_) => return Ok(Vec::new()),
        };
        let mut names: Vec<String> = variants
            .iter()
            .filter(|entry| entry.kind() == Some(ObjectType::Tree))
            .filter_map(|entry| entry.name().ok().map(str::to_owned))
            .filter(|name| variants.get_path(&Path::new(name).join(MANIFEST)).is_ok())
            .collect();
        names.sort();
        Ok(names)
    }

    pub(super) fn read(&self, at: &Resolved, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let repository = self.repository()?;
        let tree = tree_of(&repository, at)?;
        let entry = match tree.get_path(&self.prefix.join(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(SourceError::git(format!("reading {path}"))(error)),
        };
        let blob = repository.find_blob(entry.id());
        let blob = blob.map_err(SourceError::git(format!("reading {path} at {}", at.commit)))?;
        Ok(Some(blob.content().to_vec()))
    }
}

/// An id that we recorded, as git2's type.
pub(super) fn oid(text: &str) -> Result<Oid, SourceError> {
    Oid::from_str(text).map_err(|_| SourceError::BadId { id: text.to_owned() })
}

fn tree_of<'repo>(
    repository: &'repo Repository,
    at: &Resolved,
) -> Result<Tree<'repo>, SourceError> {
    let commit = repository.find_commit(oid(&at.commit)?);
    commit
        .and_then(|commit| commit.tree())
        .map_err(SourceError::git(format!("reading commit {}", at.commit)))
}

fn open_at(root: &Path) -> Result<Repository, SourceError> {
    Repository::discover(root).map_err(|error| refusal(root, &error))
}

/// Says why libgit2 refuses a repository, in words that lead on.
fn refusal(root: &Path, error: &git2::Error) -> SourceError {
    let message = error.message().to_owned();
    let in_place = "pass --in-place to measure the folder as it is".to_owned();
    let (what, hint) = match error.code() {
        ErrorCode::NotFound => return SourceError::NoRepository { root: root.to_path_buf() },
        ErrorCode::Owner => (
            "it belongs to another user".to_owned(),
            format!(
                "run `git config --global --add safe.directory {}` if you trust it, or {in_place}",
                root.display()
            ),
        ),
        _ if message.contains("refstorage") => {
            ("it keeps its refs as a reftable, which libgit2 cannot read".to_owned(), in_place)
        }
        _ if message.contains("objectformat") || message.contains("object format") => {
            ("it names objects by SHA-256, which libgit2 cannot read".to_owned(), in_place)
        }
        _ if error.class() == ErrorClass::Repository => (message, in_place),
        _ => {
            return SourceError::git(format!("opening the repository of {}", root.display()))(
                git2::Error::new(error.code(), error.class(), error.message()),
            );
        }
    };
    SourceError::Unsupported { root: root.to_path_buf(), what, hint }
}
