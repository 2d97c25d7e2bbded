//! What can go wrong with a source, and what the user can do about it.

use std::path::{Path, PathBuf};

/// Why code could not be found, resolved or laid out.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No folder upwards of here is a workspace with variants.
    #[error(
        "no Bakeoff workspace at or above {}: a folder with a Cargo.toml that has a [workspace] \
         and with a folder variants/ was expected; run from inside one",
        start.display()
    )]
    NoWorkspace {
        /// Where the search began.
        start: PathBuf,
    },
    /// The workspace is in no git repository.
    #[error(
        "{} is in no git repository: run `git init` there, or pass --in-place to measure the \
         folder as it is",
        root.display()
    )]
    NoRepository {
        /// The workspace root.
        root: PathBuf,
    },
    /// The repository is of a kind that cannot be handled.
    #[error("the git repository at {} cannot be used: {what}; {hint}", root.display())]
    Unsupported {
        /// The workspace root.
        root: PathBuf,
        /// What stands in the way.
        what: String,
        /// What to do.
        hint: String,
    },
    /// No such ref.
    #[error("unknown git ref `{git_ref}` ({message}); `git branch -a` and `git tag` list them")]
    UnknownRef {
        /// As asked for.
        git_ref: String,
        /// What git says.
        message: String,
    },
    /// Refs make no sense without git.
    #[error("ref `{git_ref}` was asked for, but --in-place measures the folder as it is")]
    RefInPlace {
        /// As asked for.
        git_ref: String,
    },
    /// A branch's name is a folder of another's, or the other way round.
    #[error(
        "branch `{wanted}` cannot be made beside branch `{existing}`: git keeps one as a file and \
         the other as a folder of the same name; rename it with `git branch -m {existing} <other>`"
    )]
    BranchClash {
        /// The branch that is there.
        existing: String,
        /// The branch that is to be made.
        wanted: String,
    },
    /// Someone committed on a branch of ours.
    #[error(
        "branch `{branch}` holds commits of its own (tip {tip}, asked for {wanted}): to measure \
         them name the ref `{branch}` for this variant; to drop them run `bakeoff cleanup \
         {exploration} --delete-branches`; or choose another NAME"
    )]
    MovedOn {
        /// The branch.
        branch: String,
        /// Where it is.
        tip: String,
        /// Where it should be.
        wanted: String,
        /// The exploration.
        exploration: String,
    },
    /// A worktree holds edits that are in no commit.
    #[error(
        "worktree {} holds uncommitted work ({files}): commit it there and name the ref \
         `{branch}` for this variant, or undo it",
        worktree.display()
    )]
    UncommittedWork {
        /// The worktree.
        worktree: PathBuf,
        /// Its branch.
        branch: String,
        /// The first few files.
        files: String,
    },
    /// A worktree is on a branch that is not ours.
    #[error(
        "worktree {} is at {head}, not on branch `{branch}`: switch it back with `git switch \
         {branch}`",
        worktree.display()
    )]
    OtherHead {
        /// The worktree.
        worktree: PathBuf,
        /// Its branch.
        branch: String,
        /// What it is on.
        head: String,
    },
    /// The branch is in use in another place.
    #[error(
        "branch `{branch}` is checked out at {}: choose another NAME, or clean up there",
        elsewhere.display()
    )]
    Elsewhere {
        /// The branch.
        branch: String,
        /// Where.
        elsewhere: PathBuf,
    },
    /// A folder that is not a worktree of ours.
    #[error("{} is in the way and no worktree of this repository: move it away", path.display())]
    InTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// A recorded commit or tree that is not there.
    #[error("`{id}` is no object id of this repository")]
    BadId {
        /// As given.
        id: String,
    },
    /// git failed.
    #[error("{doing}: {}", source.message())]
    Git {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: git2::Error,
    },
    /// The disk failed.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl SourceError {
    /// For `map_err` after a git call.
    pub(super) fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Git { doing, source }
    }

    /// For `map_err` after a call to the file system.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
