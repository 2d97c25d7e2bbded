//! Errors in a request.

use std::path::PathBuf;

use bakeoff_workload::scenario::ScenarioError;

use super::variants::VariantsError;
use crate::record::atomic_file::FileError;
use crate::request::name::InvalidName;
use crate::source::SourceError;

/// Reason why a request cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRequest {
    /// A name is invalid.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The text of `VARIANTS` is invalid, or its file cannot be read.
    #[error(transparent)]
    Variants(#[from] VariantsError),
    /// The workspace, repository or ref cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The strategy does not exist.
    #[error(
        "unknown strategy {strategy:?} for variant {variant:?}{}\n  available at {at}: {}\n  \
         to create one: make new-variant NAME={make}",
        nearest.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default(),
        known.join(", ")
    )]
    UnknownStrategy {
        /// Name of the variant.
        variant: String,
        /// Strategy as requested.
        strategy: String,
        /// Revision that was searched for the strategy.
        at: String,
        /// Existing strategies.
        known: Vec<String>,
        /// Existing strategy with the most similar name.
        nearest: Option<String>,
        /// Valid name for a new strategy.
        make: String,
    },
    /// A `variant.toml` cannot be read.
    #[error("cannot read variants/{strategy}/variant.toml at {at}: {what}")]
    Manifest {
        /// Name of the strategy.
        strategy: String,
        /// Revision that contains the manifest.
        at: String,
        /// Cause.
        what: String,
    },
    /// No strategy is marked as a default.
    #[error(
        "cannot choose variants: no strategy at {at} has `default = true` in its variant.toml; \
         list variants in VARIANTS"
    )]
    NoDefaultStrategy {
        /// Revision that was searched.
        at: String,
    },
    /// A flag names a variant that is not part of the exploration.
    #[error("unknown variant {named:?}; variants of this exploration: {}", known.join(", "))]
    UnknownVariant {
        /// Name as given.
        named: String,
        /// Variants of the exploration.
        known: Vec<String>,
    },
    /// A scenario does not exist or cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A scenario is listed twice.
    #[error("duplicate scenario {0:?}; list it once")]
    DuplicateScenario(String),
    /// The trace cannot be used.
    #[error("cannot use TRACE={given}: {what}")]
    Trace {
        /// Text as given.
        given: String,
        /// Cause.
        what: String,
    },
    /// The saved exploration cannot be read.
    #[error(
        "cannot read the saved exploration {}: {what}; run again with VARIANTS and --restart, or \
         delete the file",
        path.display()
    )]
    Saved {
        /// File.
        path: PathBuf,
        /// Cause.
        what: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}
