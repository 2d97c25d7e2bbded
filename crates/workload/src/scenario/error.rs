//! Error in a scenario file or in a directory of scenarios.

use std::path::PathBuf;

/// Invalid or unreadable scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// Scenario file, or directory of scenarios.
    pub path: PathBuf,
    /// Line number, from 1; `None` if the error has no position in the file.
    pub line: Option<usize>,
    /// Cause and remedy.
    pub message: String,
}

impl std::error::Error for ScenarioError {}

impl std::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(f, "{}: {}", self.path.display(), self.message),
        }
    }
}
