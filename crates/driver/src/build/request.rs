//! Selection of the strategies and cargo features to build.

use std::collections::BTreeSet;

/// Feature that lets runners use a SQLite file as origin.
pub const SQLITE_FEATURE: &str = "bakeoff-runner/sqlite";
/// Feature that lets runners use a PostgreSQL table as origin.
pub const POSTGRES_FEATURE: &str = "bakeoff-runner/postgres";

/// Strategies of a tree to build, and cargo features to activate.
///
/// The default builds all strategies without optional features.
#[derive(Clone, Debug, Default)]
pub struct BuildRequest {
    /// Names of the strategies; `None` selects all strategies of the tree.
    pub strategies: Option<BTreeSet<String>>,
    /// Features to activate, as `package/feature`.
    pub features: Vec<&'static str>,
}

impl BuildRequest {
    /// Selects a single strategy.
    #[must_use]
    pub fn single_strategy(strategy: &str) -> Self {
        Self { strategies: Some(BTreeSet::from([strategy.to_owned()])), features: Vec::new() }
    }

    pub(super) fn includes(&self, strategy: &str) -> bool {
        self.strategies.as_ref().is_none_or(|names| names.contains(strategy))
    }
}
