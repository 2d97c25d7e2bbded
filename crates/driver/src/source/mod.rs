//! Where the code of a variant comes from: a git repository, or a folder measured in place.

mod cleanup;
mod code;
mod error;
mod git;
mod in_place;
mod lock;
mod names;
mod place;
pub mod provider;
mod record;
mod snapshot;
mod work;
mod workspace;
mod worktree;

use std::path::{Path, PathBuf};

pub use cleanup::{Cleanup, Kept};
pub use error::SourceError;
pub use git::Git;
pub use in_place::InPlace;
pub(crate) use record::{committed_folder, mark_building, record_of};
pub(crate) use workspace::members;

/// The branch of a variant of an exploration.
#[must_use]
pub fn branch(exploration: &str, variant: &str) -> String {
    names::Names::new(exploration, variant).branch
}

/// What a git ref, or the tree as it lies there, turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The ref as asked for; the current branch or `HEAD` where none was named.
    pub git_ref: String,
    /// The commit, 40 hexadecimal digits; empty in place.
    pub commit: String,
    /// The tree of that commit; in place a digest of the files.
    pub tree: String,
    /// The id of `crates/` in it: what measures. Empty where there is none, and in place.
    pub harness: String,
    /// Whether it holds changes that are in no commit of the user's.
    pub dirty: bool,
    /// Whether the commit is one that we made and that no ref points to before
    /// [`Source::checkout`].
    pub ours: bool,
    /// What a reader of the results should know: files left out, filters that did not run.
    pub notes: Vec<String>,
}

/// A variant's code on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The workspace root inside the worktree.
    pub path: PathBuf,
    /// `explore/<NAME>/<variant>`; empty in place.
    pub branch: String,
    /// The commit, as in [`Resolved::commit`].
    pub commit: String,
    /// The tree, as in [`Resolved::tree`].
    pub tree: String,
}

/// The source of all code of an exploration.
#[derive(Clone, Debug)]
pub enum Source {
    /// A git repository: each variant gets a worktree and a branch.
    Git(Git),
    /// A folder: all variants are built where they lie.
    InPlace(InPlace),
}

impl Source {
    /// Finds the workspace that holds `start`, and its repository unless `in_place`.
    ///
    /// # Errors
    ///
    /// No workspace around `start`, or a repository that is missing or cannot be used.
    pub fn discover(start: &Path, in_place: bool) -> Result<Self, SourceError> {
        let root = workspace::find_root(start)?;
        if in_place {
            return Ok(Self::InPlace(InPlace::new(root)));
        }
        Git::open(root).map(Self::Git)
    }

    /// The workspace root that the user works in.
    #[must_use]
    pub fn root(&self) -> &Path {
        match self {
            Self::Git(git) => git.root(),
            Self::InPlace(folder) => folder.root(),
        }
    }

    /// Turns a ref into a commit. `None` is the working tree as it is: `HEAD` where it is clean,
    /// else a commit that no ref points to. The user's index and files are only read, and nothing
    /// but objects is written, which git collects as garbage some day.
    ///
    /// # Errors
    ///
    /// An unknown ref, any ref at all in place, or a tree that cannot be recorded faithfully.
    pub fn resolve(&self, git_ref: Option<&str>) -> Result<Resolved, SourceError> {
        match self {
            Self::Git(git) => git.resolve(git_ref),
            Self::InPlace(folder) => folder.resolve(git_ref),
        }
    }

    /// Names of the folders under `variants/` that hold a `variant.toml`, sorted.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub fn strategies(&self, at: &Resolved) -> Result<Vec<String>, SourceError> {
        match self {
            Self::Git(git) => git.strategies(at),
            Self::InPlace(folder) => folder.strategies(),
        }
    }

    /// Content of the file at `path`, relative to the workspace root; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The tree or the file cannot be read.
    pub fn read(&self, at: &Resolved, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Git(git) => git.read(at, path),
            Self::InPlace(folder) => folder.read(path),
        }
    }

    /// Lays the code out at `worktree` on the branch `explore/<exploration>/<variant>`, and keeps a
    /// commit of ours by `refs/bakeoff/snap/<oid>`. Calling it
    /// again changes nothing. A branch moves to another commit only if its tip is one that this
    /// function put there and the worktree holds no work of the user's.
    ///
    /// # Errors
    ///
    /// Work of the user's in the way, a clash of branch names, or git and the disk failing.
    pub fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Resolved,
        worktree: &Path,
    ) -> Result<Checkout, SourceError> {
        match self {
            Self::Git(git) => worktree::checkout(git, exploration, variant, at, worktree),
            Self::InPlace(folder) => Ok(folder.checkout(at)),
        }
    }

    /// Commits what is left uncommitted in a variant's worktree on its branch, and answers with the
    /// branch's tip where that is not one that [`Self::checkout`] put there: where it holds work.
    ///
    /// # Errors
    ///
    /// A worktree that is on another branch, or git and the disk failing.
    pub fn keep_work(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Resolved>, SourceError> {
        match self {
            Self::Git(git) => work::keep_work(git, exploration, variant, worktree, message),
            Self::InPlace(_) => Ok(None),
        }
    }

    /// The tree of `harness` with one strategy's folder taken from `of`, in a commit that no
    /// branch points to.
    ///
    /// # Errors
    ///
    /// No such strategy there, or git failing.
    pub fn graft(
        &self,
        harness: &Resolved,
        of: &Resolved,
        strategy: &str,
    ) -> Result<Resolved, SourceError> {
        match self {
            Self::Git(git) => work::graft(git, harness, of, strategy),
            Self::InPlace(_) => Ok(of.clone()),
        }
    }

    /// Removes the worktrees of an exploration, and with `delete_branches` its branches and
    /// whatever work they or the worktrees hold. Without it nothing of the user's is lost: what
    /// holds work is kept and named in the answer.
    ///
    /// # Errors
    ///
    /// Git or the disk failing.
    pub fn cleanup(
        &self,
        exploration: &str,
        worktrees: &Path,
        delete_branches: bool,
    ) -> Result<Cleanup, SourceError> {
        match self {
            Self::Git(git) => cleanup::cleanup(git, exploration, worktrees, delete_branches),
            Self::InPlace(_) => Ok(Cleanup::default()),
        }
    }
}
