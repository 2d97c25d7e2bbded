//! Source code of the variants: a git repository, or a directory measured in place.

mod error;
mod git;
mod in_place;
pub mod provider;
mod revision;
mod workspace;

use std::path::Path;

use git::{commits, snapshot, worktree};

pub use error::SourceError;
pub use git::GitWorkspace;
pub(crate) use git::build_marks::{committed_tree_id, mark_building, worktree_record};
pub use git::cleanup::{KeptItem, SourceCleanup};
pub use in_place::InPlaceWorkspace;
pub use revision::{Checkout, Revision};

/// Returns the branch of a variant of an exploration.
#[must_use]
pub fn branch(exploration: &str, variant: &str) -> String {
    git::ref_names::RefNames::new(exploration, variant).branch
}

/// Source code of the variants of an exploration.
#[derive(Clone, Debug)]
pub enum SourceCode {
    /// Git repository: each variant gets a worktree and a branch.
    Git(GitWorkspace),
    /// Directory: all variants are built in place, without worktrees.
    InPlace(InPlaceWorkspace),
}

impl SourceCode {
    /// Finds the workspace that contains `start`, and its repository unless `in_place`.
    ///
    /// # Errors
    /// [`SourceError`] if there is no workspace, or no repository that can be used.
    pub fn discover(start: &Path, in_place: bool) -> Result<Self, SourceError> {
        let root = workspace::find_root(start)?;
        if in_place {
            return Ok(Self::InPlace(InPlaceWorkspace::new(root)));
        }
        GitWorkspace::open(root).map(Self::Git)
    }

    /// Returns the root of the user's workspace.
    #[must_use]
    pub fn root(&self) -> &Path {
        match self {
            Self::Git(git) => git.root(),
            Self::InPlace(folder) => folder.root(),
        }
    }

    /// Resolves a ref to a commit; `None` means the working tree.
    ///
    /// A clean working tree is `HEAD`, a dirty one becomes a commit that no ref points to. The user's
    /// index and files are only read; unused objects are removed by git's garbage collection.
    ///
    /// # Errors
    /// [`SourceError`] for an unknown ref, for any ref with `--in-place`, and for a tree that
    /// cannot be recorded.
    pub fn resolve(&self, git_ref: Option<&str>) -> Result<Revision, SourceError> {
        match self {
            Self::Git(git) => match git_ref {
                Some(git_ref) => git.resolve(git_ref),
                None => snapshot::resolve_working_tree(git),
            },
            Self::InPlace(folder) => folder.resolve(git_ref),
        }
    }

    /// Lists the directories below `variants/` that contain a `variant.toml`, sorted.
    ///
    /// # Errors
    /// [`SourceError`] if the tree cannot be read.
    pub fn strategies(&self, at: &Revision) -> Result<Vec<String>, SourceError> {
        match self {
            Self::Git(git) => git.strategies(at),
            Self::InPlace(folder) => folder.strategies(),
        }
    }

    /// Reads the file at `path`, relative to the workspace root; `None` if it does not exist.
    ///
    /// # Errors
    /// [`SourceError`] if the tree or the file cannot be read.
    pub fn read(&self, at: &Revision, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Git(git) => git.read(at, path),
            Self::InPlace(folder) => folder.read(path),
        }
    }

    /// Checks the code out at `worktree`, on the branch `explore/<exploration>/<variant>`.
    ///
    /// A commit made by this program is kept alive by `refs/bakeoff/snap/<oid>`. A second call
    /// changes nothing. An existing branch moves only if this function created its tip and the
    /// worktree has no uncommitted work.
    ///
    /// # Errors
    /// [`SourceError`] if work of the user or a branch of the same name prevents it, or if git or
    /// the file system fails.
    pub fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Revision,
        worktree: &Path,
    ) -> Result<Checkout, SourceError> {
        match self {
            Self::Git(git) => worktree::checkout(git, exploration, variant, at, worktree),
            Self::InPlace(folder) => Ok(folder.checkout(at)),
        }
    }

    /// Commits uncommitted changes in a variant's worktree to its branch.
    ///
    /// Returns the branch's tip if it differs from what [`Self::checkout`] set, that is, if it
    /// contains work.
    ///
    /// # Errors
    /// [`SourceError`] if the worktree is on another branch, or if git or the file system fails.
    pub fn commit_uncommitted(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Revision>, SourceError> {
        match self {
            Self::Git(git) => {
                commits::commit_uncommitted(git, exploration, variant, worktree, message)
            }
            Self::InPlace(_) => Ok(None),
        }
    }

    /// Combines the tree of `harness` with one strategy's directory of `of`.
    ///
    /// No branch points to the resulting commit.
    ///
    /// # Errors
    /// [`SourceError`] if `of` does not contain the strategy, or git fails.
    pub fn combine(
        &self,
        harness: &Revision,
        of: &Revision,
        strategy: &str,
    ) -> Result<Revision, SourceError> {
        match self {
            Self::Git(git) => commits::combine(git, harness, of, strategy),
            Self::InPlace(_) => Ok(of.clone()),
        }
    }

    /// Removes the worktrees of an exploration; with `delete_branches`, also its branches.
    ///
    /// Without `delete_branches` no work is lost: worktrees that contain work are kept and listed
    /// in the result. With `delete_branches`, that work is deleted.
    ///
    /// # Errors
    /// [`SourceError`] if git or the file system fails.
    pub fn cleanup(
        &self,
        exploration: &str,
        worktrees: &Path,
        delete_branches: bool,
    ) -> Result<SourceCleanup, SourceError> {
        match self {
            Self::Git(git) => git::cleanup::cleanup(git, exploration, worktrees, delete_branches),
            Self::InPlace(_) => Ok(SourceCleanup::default()),
        }
    }
}
