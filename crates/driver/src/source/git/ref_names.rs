//! Names of the branches, refs and worktrees of an exploration.

/// Prefix of the refs that protect snapshots from garbage collection.
pub(in crate::source) const SNAPSHOTS: &str = "refs/bakeoff/snap/";
/// Prefix of the refs that record the commit to which a checkout last set a variant's branch.
pub(in crate::source) const BASES: &str = "refs/bakeoff/base/";
/// Prefix of the refs that record the old commit of a branch while it is being moved.
pub(in crate::source) const LEAVING: &str = "refs/bakeoff/leaving/";
/// Prefix of all branches of explorations.
pub(in crate::source) const BRANCHES: &str = "refs/heads/explore/";

/// Names of the refs of one variant of one exploration.
pub(in crate::source) struct RefNames {
    /// `explore/<exploration>/<variant>`.
    pub(in crate::source) branch: String,
    /// Full name of the branch.
    pub(in crate::source) branch_ref: String,
    /// The branch's ref below [`BASES`].
    pub(in crate::source) base_ref: String,
    /// The branch's ref below [`LEAVING`].
    pub(in crate::source) leaving_ref: String,
    /// Name of the worktree inside git. It is unique, because names of explorations and variants
    /// contain no underscore.
    pub(in crate::source) worktree: String,
}

impl RefNames {
    pub(in crate::source) fn new(exploration: &str, variant: &str) -> Self {
        Self {
            branch: format!("explore/{exploration}/{variant}"),
            branch_ref: format!("{BRANCHES}{exploration}/{variant}"),
            base_ref: format!("{BASES}{exploration}/{variant}"),
            leaving_ref: format!("{LEAVING}{exploration}/{variant}"),
            worktree: format!("{}{variant}", worktree_prefix(exploration)),
        }
    }
}

/// Returns the prefix of the worktree names of an exploration.
pub(in crate::source) fn worktree_prefix(exploration: &str) -> String {
    format!("explore_{exploration}_")
}
