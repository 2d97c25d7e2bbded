//! Opens the git repository of a workspace, and reads commits without touching the working tree.

pub(in crate::source) mod build_marks;
pub(in crate::source) mod cleanup;
pub(in crate::source) mod commits;
pub(in crate::source) mod ref_names;
mod repository_lock;
pub(in crate::source) mod snapshot;
mod source_paths;
pub(in crate::source) mod worktree;
mod worktree_dir;

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode, ObjectType, Oid, Repository, Tree};

use crate::source::error::SourceError;
use crate::source::revision::Revision;
use crate::source::workspace::{MANIFEST, VARIANTS};

/// Directory of the code that measures: the runner and its dependencies in the workspace.
const HARNESS_DIR: &str = "crates";

/// Workspace in a git repository.
#[derive(Clone, Debug)]
pub struct GitWorkspace {
    root: PathBuf,
    /// Path of the workspace root relative to the repository root; empty if they are the same.
    prefix: PathBuf,
}

impl GitWorkspace {
    /// Opens the repository that contains a workspace root, to check that it can be used.
    pub(in crate::source) fn open(root: PathBuf) -> Result<Self, SourceError> {
        let repository = open_at(&root)?;
        let Some(top) = repository.workdir().and_then(|top| top.canonicalize().ok()) else {
            return Err(SourceError::NoRepository { root });
        };
        let Ok(prefix) = root.strip_prefix(&top).map(Path::to_path_buf) else {
            return Err(SourceError::NoRepository { root });
        };
        Ok(Self { root, prefix })
    }

    pub(in crate::source) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of the workspace root relative to the root of each working tree.
    pub(in crate::source) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Returns the workspace root in a worktree.
    pub(in crate::source) fn workspace_in(&self, worktree: &Path) -> PathBuf {
        // Joining an empty path would add a slash at the end.
        if self.prefix.as_os_str().is_empty() {
            worktree.to_path_buf()
        } else {
            worktree.join(&self.prefix)
        }
    }

    /// Opens a new handle, because threads must not share one.
    pub(in crate::source) fn repository(&self) -> Result<Repository, SourceError> {
        open_at(&self.root)
    }

    pub(in crate::source) fn resolve(&self, git_ref: &str) -> Result<Revision, SourceError> {
        let repository = self.repository()?;
        let unknown = |error: git2::Error| SourceError::UnknownRef {
            git_ref: git_ref.to_owned(),
            message: error.message().to_owned(),
        };
        let object = repository.revparse_single(git_ref).map_err(unknown)?;
        let commit = object.peel_to_commit().map_err(unknown)?;
        let at = Revision {
            git_ref: git_ref.to_owned(),
            commit: commit.id().to_string(),
            tree: commit.tree_id().to_string(),
            ..Revision::default()
        };
        Ok(Revision { harness: self.harness_tree(&repository, &at)?, ..at })
    }

    /// Returns the tree id of [`HARNESS_DIR`]; empty if it does not exist.
    pub(in crate::source) fn harness_tree(
        &self,
        repository: &Repository,
        at: &Revision,
    ) -> Result<String, SourceError> {
        let entry = tree_of(repository, at)?.get_path(&self.prefix.join(HARNESS_DIR));
        Ok(entry.map(|entry| entry.id().to_string()).unwrap_or_default())
    }

    pub(in crate::source) fn strategies(&self, at: &Revision) -> Result<Vec<String>, SourceError> {
        let repository = self.repository()?;
        let tree = tree_of(&repository, at)?;
        let folder = self.prefix.join(VARIANTS);
        let variants = match tree.get_path(&folder) {
            Ok(entry) => entry
                .to_object(&repository)
                .and_then(|object| object.peel_to_tree())
                .map_err(SourceError::git("read variants/"))?,
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

    pub(in crate::source) fn read(
        &self,
        at: &Revision,
        path: &str,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let repository = self.repository()?;
        let tree = tree_of(&repository, at)?;
        let entry = match tree.get_path(&self.prefix.join(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(SourceError::git(format!("read {path}"))(error)),
        };
        let blob = repository.find_blob(entry.id());
        let blob = blob.map_err(SourceError::git(format!("read {path} at {}", at.commit)))?;
        Ok(Some(blob.content().to_vec()))
    }
}

/// Parses a recorded object id.
pub(in crate::source) fn oid(text: &str) -> Result<Oid, SourceError> {
    Oid::from_str(text).map_err(|_| SourceError::BadId { id: text.to_owned() })
}

fn tree_of<'repo>(
    repository: &'repo Repository,
    at: &Revision,
) -> Result<Tree<'repo>, SourceError> {
    let commit = repository.find_commit(oid(&at.commit)?);
    commit
        .and_then(|commit| commit.tree())
        .map_err(SourceError::git(format!("read commit {}", at.commit)))
}

fn open_at(root: &Path) -> Result<Repository, SourceError> {
    Repository::discover(root).map_err(|error| refusal(root, &error))
}

/// Explains why libgit2 cannot open a repository, and suggests a solution.
fn refusal(root: &Path, error: &git2::Error) -> SourceError {
    let message = error.message().to_owned();
    let in_place = "pass --in-place to measure the directory as it is".to_owned();
    let (what, hint) = match error.code() {
        ErrorCode::NotFound => return SourceError::NoRepository { root: root.to_path_buf() },
        ErrorCode::Owner => (
            "it belongs to another user".to_owned(),
            format!(
                "run `git config --global --add safe.directory {}` if you trust it, or {in_place}",
                root.display()
            ),
        ),
        _ if message.contains("refstorage") => (
            "it stores refs in the reftable format, which libgit2 cannot read".to_owned(),
            in_place,
        ),
        _ if message.contains("objectformat") || message.contains("object format") => {
            ("it uses SHA-256 object ids, which libgit2 cannot read".to_owned(), in_place)
        }
        _ if error.class() == ErrorClass::Repository => (message, in_place),
        _ => {
            return SourceError::git(format!("open the repository of {}", root.display()))(
                git2::Error::new(error.code(), error.class(), error.message()),
            );
        }
    };
    SourceError::Unsupported { root: root.to_path_buf(), what, hint }
}
