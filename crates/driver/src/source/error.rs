//! Errors of finding, resolving and checking out source code.

use std::path::{Path, PathBuf};

use crate::record::atomic_file::FileError;

/// Reason why code cannot be found, resolved or checked out.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No directory at or above the start is a workspace with variants.
    #[error(
        "cannot find a Bakeoff workspace at or above {}: no directory there has both variants/ and \
         a Cargo.toml with [workspace]; run inside one",
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
        /// The workspace root.
        root: PathBuf,
    },
    /// libgit2 cannot handle the repository.
    #[error("cannot use the git repository at {}: {what}; {hint}", root.display())]
    Unsupported {
        /// The workspace root.
        root: PathBuf,
        /// Cause.
        what: String,
        /// Solution.
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
    RefInPlace {
        /// Ref as requested.
        git_ref: String,
    },
    /// The name of one branch is a prefix of the other's.
    #[error(
        "cannot create branch `{wanted}`: branch `{existing}` exists, and git stores one as a file \
         and the other as a directory of the same name; rename it with `git branch -m {existing} \
         <other>`"
    )]
    BranchClash {
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
    MovedOn {
        /// Branch.
        branch: String,
        /// Its current commit.
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
        /// Its branch.
        branch: String,
        /// First few files.
        files: String,
    },
    /// A worktree is on another branch.
    #[error(
        "cannot use worktree {}: it is at {head}, not on branch `{branch}`; switch it back with \
         `git switch {branch}`",
        worktree.display()
    )]
    OtherHead {
        /// Worktree.
        worktree: PathBuf,
        /// Its branch.
        branch: String,
        /// Target of its `HEAD`.
        head: String,
    },
    /// The branch is checked out in another worktree.
    #[error(
        "cannot check out branch `{branch}`: it is checked out at {}; choose another NAME, or clean \
         up there",
        elsewhere.display()
    )]
    Elsewhere {
        /// Branch.
        branch: String,
        /// The other worktree.
        elsewhere: PathBuf,
    },
    /// The directory exists and is not a worktree of this repository.
    #[error(
        "cannot create worktree at {}: a directory exists there that is not a worktree of this \
         repository; move or delete it",
        path.display()
    )]
    InTheWay {
        /// Directory.
        path: PathBuf,
    },
    /// A recorded commit or tree id is invalid.
    #[error("`{id}` is not a git object id")]
    BadId {
        /// Text in its place.
        id: String,
    },
    /// git failed.
    #[error("cannot {doing}: {}", source.message())]
    Git {
        /// Operation, as a verb with its object.
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
