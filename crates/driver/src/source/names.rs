//! Names of the branches, refs and worktrees that belong to an exploration.

/// Where snapshots of dirty trees are pinned.
pub(super) const SNAPSHOTS: &str = "refs/bakeoff/snap/";
/// Where we remember the commits on which we put a variant's branch.
pub(super) const BASES: &str = "refs/bakeoff/base/";
/// Where we remember, while a branch moves, the commit that it leaves.
pub(super) const LEAVING: &str = "refs/bakeoff/leaving/";
/// The folder of all our branches.
pub(super) const BRANCHES: &str = "refs/heads/explore/";

/// The refs of one variant of one exploration.
pub(super) struct Names {
    /// `explore/<exploration>/<variant>`.
    pub(super) branch: String,
    /// The branch with its full name.
    pub(super) branch_ref: String,
    /// Its ref below [`BASES`].
    pub(super) base_ref: String,
    /// Its ref below [`LEAVING`].
    pub(super) leaving_ref: String,
    /// The worktree's name inside git. Names of explorations and variants have no underscore, so
    /// two pairs never share one.
    pub(super) worktree: String,
}

impl Names {
    pub(super) fn new(exploration: &str, variant: &str) -> Self {
        Self {
            branch: format!("explore/{exploration}/{variant}"),
            branch_ref: format!("{BRANCHES}{exploration}/{variant}"),
            base_ref: format!("{BASES}{exploration}/{variant}"),
            leaving_ref: format!("{LEAVING}{exploration}/{variant}"),
            worktree: format!("{}{variant}", worktree_prefix(exploration)),
        }
    }
}

/// What the worktree names of an exploration begin with.
pub(super) fn worktree_prefix(exploration: &str) -> String {
    format!("explore_{exploration}_")
}
