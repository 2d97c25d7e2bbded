//! Where variants' code comes from, as the driver sees it: real sources, or a test's own.

use std::path::Path;

use crate::source::{Checkout, Resolved, Source, SourceError};

/// What the driver asks of a source.
pub trait Code: Sync {
    /// The workspace root that the user works in.
    fn root(&self) -> &Path;

    /// Turns a ref into a commit; `None` is the working tree as it is.
    ///
    /// # Errors
    /// [`SourceError`] for a ref that does not exist.
    fn resolve(&self, git_ref: Option<&str>) -> Result<Resolved, SourceError>;

    /// The strategies that exist there, sorted.
    ///
    /// # Errors
    /// [`SourceError`] if the tree cannot be read.
    fn strategies(&self, at: &Resolved) -> Result<Vec<String>, SourceError>;

    /// A file's content; `None` if there is none.
    ///
    /// # Errors
    /// [`SourceError`] if the tree or file cannot be read.
    fn read(&self, at: &Resolved, path: &str) -> Result<Option<Vec<u8>>, SourceError>;

    /// Lays the code out at `worktree`, on a branch of its own; changes nothing where it lies.
    ///
    /// # Errors
    /// [`SourceError`] if something is in the way.
    fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Resolved,
        worktree: &Path,
    ) -> Result<Checkout, SourceError>;

    /// Commits what is left in a variant's worktree; its branch's tip where that holds work.
    ///
    /// # Errors
    /// [`SourceError`] if the worktree is on another branch.
    fn keep_work(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Resolved>, SourceError>;

    /// The tree of `harness` with one strategy's folder taken from `of`.
    ///
    /// # Errors
    /// [`SourceError`] if there is no such strategy.
    fn graft(
        &self,
        harness: &Resolved,
        of: &Resolved,
        strategy: &str,
    ) -> Result<Resolved, SourceError>;
}

impl Code for Source {
    fn root(&self) -> &Path {
        self.root()
    }

    fn resolve(&self, git_ref: Option<&str>) -> Result<Resolved, SourceError> {
        self.resolve(git_ref)
    }

    fn strategies(&self, at: &Resolved) -> Result<Vec<String>, SourceError> {
        self.strategies(at)
    }

    fn read(&self, at: &Resolved, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.read(at, path)
    }

    fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Resolved,
        worktree: &Path,
    ) -> Result<Checkout, SourceError> {
        self.checkout(exploration, variant, at, worktree)
    }

    fn keep_work(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Resolved>, SourceError> {
        self.keep_work(exploration, variant, worktree, message)
    }

    fn graft(
        &self,
        harness: &Resolved,
        of: &Resolved,
        strategy: &str,
    ) -> Result<Resolved, SourceError> {
        self.graft(harness, of, strategy)
    }
}
