//! Interface to the source code of variants, which tests replace.

use std::path::Path;

use crate::source::{Checkout, Revision, SourceCode, SourceError};

/// Provides the source code of variants.
pub trait SourceProvider: Sync {
    /// Returns the root of the user's workspace.
    fn root(&self) -> &Path;

    /// Resolves a ref to a commit; `None` means the working tree.
    ///
    /// # Errors
    /// [`SourceError`] for a ref that does not exist.
    fn resolve(&self, git_ref: Option<&str>) -> Result<Revision, SourceError>;

    /// Lists the strategies of a revision, sorted.
    ///
    /// # Errors
    /// [`SourceError`] if the tree cannot be read.
    fn strategies(&self, at: &Revision) -> Result<Vec<String>, SourceError>;

    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// [`SourceError`] if the tree or file cannot be read.
    fn read(&self, at: &Revision, path: &str) -> Result<Option<Vec<u8>>, SourceError>;

    /// Checks the code out at `worktree`, on the branch of the variant; a second call changes
    /// nothing.
    ///
    /// # Errors
    /// [`SourceError`] if work of the user or another branch prevents the checkout.
    fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Revision,
        worktree: &Path,
    ) -> Result<Checkout, SourceError>;

    /// Commits the changes in a variant's worktree; returns the branch's tip if it contains work.
    ///
    /// # Errors
    /// [`SourceError`] if the worktree is on another branch.
    fn commit_uncommitted(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Revision>, SourceError>;

    /// Combines the tree of `harness` with one strategy's directory of `of`.
    ///
    /// # Errors
    /// [`SourceError`] if the strategy does not exist.
    fn combine(
        &self,
        harness: &Revision,
        of: &Revision,
        strategy: &str,
    ) -> Result<Revision, SourceError>;
}

impl SourceProvider for SourceCode {
    fn root(&self) -> &Path {
        self.root()
    }

    fn resolve(&self, git_ref: Option<&str>) -> Result<Revision, SourceError> {
        self.resolve(git_ref)
    }

    fn strategies(&self, at: &Revision) -> Result<Vec<String>, SourceError> {
        self.strategies(at)
    }

    fn read(&self, at: &Revision, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.read(at, path)
    }

    fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Revision,
        worktree: &Path,
    ) -> Result<Checkout, SourceError> {
        self.checkout(exploration, variant, at, worktree)
    }

    fn commit_uncommitted(
        &self,
        exploration: &str,
        variant: &str,
        worktree: &Path,
        message: &str,
    ) -> Result<Option<Revision>, SourceError> {
        self.commit_uncommitted(exploration, variant, worktree, message)
    }

    fn combine(
        &self,
        harness: &Revision,
        of: &Revision,
        strategy: &str,
    ) -> Result<Revision, SourceError> {
        self.combine(harness, of, strategy)
    }
}
