//! What is asked of a build.

use std::collections::BTreeSet;

use super::members::Member;

/// The feature that gives runners an origin which is a file of SQLite.
pub const SQLITE: &str = "bakeoff-runner/sqlite";
/// The feature that gives runners an origin which is a table of PostgreSQL.
pub const POSTGRES: &str = "bakeoff-runner/postgres";

/// What of a tree is to be built: everything, and no features, unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The strategies; all of the tree where it is `None`.
    pub strategies: Option<BTreeSet<String>>,
    /// Features to turn on, as `package/feature`.
    pub features: Vec<&'static str>,
}

impl Wanted {
    /// One strategy alone.
    #[must_use]
    pub fn one(strategy: &str) -> Self {
        Self { strategies: Some(BTreeSet::from([strategy.to_owned()])), features: Vec::new() }
    }

    pub(super) fn asks_for(&self, member: &Member) -> bool {
        self.strategies.as_ref().is_none_or(|names| names.contains(&member.strategy_name()))
    }
}
