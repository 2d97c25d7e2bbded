//! Identity of source code: a commit, or a directory as it is.

use std::path::PathBuf;

/// Commit that a git ref resolves to, or the state of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Ref as requested; the current branch or `HEAD` if no ref was requested.
    pub git_ref: String,
    /// Commit id (40 hex digits); empty with `--in-place`.
    pub commit: String,
    /// Tree id of the commit; with `--in-place`, a digest of the files.
    pub tree: String,
    /// Tree id of `crates/`, the code that measures; empty if missing, and with `--in-place`.
    pub harness: String,
    /// True if the code includes uncommitted changes of the user.
    pub dirty: bool,
    /// True if this program created the commit; no ref points to such a commit before
    /// [`SourceCode::checkout`](super::SourceCode::checkout).
    pub created_by_bakeoff: bool,
    /// Notes for readers of the results, such as files that were left out.
    pub notes: Vec<String>,
}

/// Code of one variant on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Workspace root inside the worktree.
    pub path: PathBuf,
    /// `explore/<NAME>/<variant>`; empty with `--in-place`.
    pub branch: String,
    /// As in [`Revision::commit`].
    pub commit: String,
    /// As in [`Revision::tree`].
    pub tree: String,
}
