//! Errors when finding, resolving and checking out source code.

use std::path::{Path, PathBuf};

use crate::record::atomic_file::FileError;

/// Reason why code cannot be found, resolved or checked out.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No directory at or above the start is a workspace with variants.
    #[error(
        "cannot find a Bakeoff workspace at or above {}: no directory there has both variants/ and \
         a Cargo.toml with [workspace]; run the command inside a workspace",
        start.display()
    )]
    NoWorkspace {
        /// Start of the search.
        start: PathBuf,
    },
    /// The workspace is not in a git repository.
    #[error(
        "cannot find a git repository for {}; run `git init` there, or pass --in-place to measure \
         the directory as it is",
        root.display()
    )]
    NoRepository {
        /// Root of the workspace.
        root: PathBuf,
    },
    /// libgit2 cannot handle the repository.
    #[error("cannot use the git repository at {}: {what}; {hint}", root.display())]
    Unsupported {
        /// Root of the workspace.
        root: PathBuf,
        /// Cause.
        what: String,
        /// Advice to the user.
        hint: String,
    },
    /// The ref does not exist.
    #[error(
        "unknown git ref `{git_ref}` ({message}); list refs with `git branch -a` and `git tag`"
    )]
    UnknownRef {
        /// Ref as requested.
        git_ref: String,
        /// Message of git.
        message: String,
    },
    /// A ref was given together with `--in-place`.
    #[error(
        "cannot use ref `{git_ref}` with --in-place, which measures the directory as it is; remove one of them"
    )]
    RefWithInPlace {
        /// Ref as requested.
        git_ref: String,
    },
    /// A branch name is a path prefix of another branch name, which git does not allow.
    #[error(
        "cannot create branch `{wanted}`: branch `{existing}` exists, and git stores one as a file \
         and the other as a directory of the same name; rename it with `git branch -m {existing} \
         <other>`"
    )]
    BranchNameConflict {
        /// Existing branch.
        existing: String,
        /// Branch to create.
        wanted: String,
    },
    /// A branch of an exploration contains commits of the user.
    #[error(
        "cannot move branch `{branch}` to {wanted}: it contains new commits (tip {tip}); to measure \
         them, use ref `{branch}` for this variant; to delete them, run `bakeoff cleanup \
         {exploration} --delete-branches`; or choose another NAME"
    )]
    BranchHasCommits {
        /// Branch to check out.
        branch: String,
        /// Commit that the branch points to.
        tip: String,
        /// Commit to check out.
        wanted: String,
        /// NAME of the exploration.
        exploration: String,
    },
    /// A worktree contains uncommitted changes.
    #[error(
        "cannot change worktree {}: it contains uncommitted work ({files}); commit it and use ref \
         `{branch}` for this variant, or undo it",
        worktree.display()
    )]
    UncommittedWork {
        /// Worktree.
        worktree: PathBuf,
        /// Branch of the worktree.
        branch: String,
        /// Paths of the first few changed files.
        files: String,
    },
    /// A worktree is on another branch.
    #[error(
        "cannot use worktree {}: it is at {head}, not on branch `{branch}`; switch it back with \
         `git switch {branch}`",
        worktree.display()
    )]
    UnexpectedHead {
        /// Worktree.
        worktree: PathBuf,
        /// Branch of the worktree.
        branch: String,
        /// Branch or commit that is checked out in the worktree.
        head: String,
    },
    /// The branch is checked out in another worktree.
    #[error(
        "cannot check out branch `{branch}`: it is checked out at {}; choose another NAME, or clean \
         up there",
        elsewhere.display()
    )]
    CheckedOutElsewhere {
        /// Branch to check out.
        branch: String,
        /// Worktree that has the branch checked out.
        elsewhere: PathBuf,
    },
    /// The directory exists and is not a worktree of this repository.
    #[error(
        "cannot create worktree at {}: a directory exists there that is not a worktree of this \
         repository; move or delete it",
        path.display()
    )]
    PathOccupied {
        /// Directory.
        path: PathBuf,
    },
    /// A recorded commit or tree id is invalid.
    #[error("`{id}` is not a git object id")]
    BadId {
        /// Text that was recorded as the id.
        id: String,
    },
    /// git failed.
    #[error("cannot {doing}: {}", source.message())]
    Git {
        /// Operation, as a verb with an object.
        doing: String,
        /// Cause.
        source: git2::Error,
    },
    /// The file system failed.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// Operation, as a verb.
        doing: &'static str,
        /// File or directory.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A lock file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

impl SourceError {
    /// Returns a function for `map_err` after a git call; `doing` completes "cannot".
    pub(super) fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Git { doing, source }
    }

    /// Returns a function for `map_err` after a file operation; `doing` completes "cannot".
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
