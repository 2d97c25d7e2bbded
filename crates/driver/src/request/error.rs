//! Mistakes in what was asked: each says where it is and what to write instead.

use std::path::PathBuf;

use bakeoff_workload::scenario::ScenarioError;

use super::variants::VariantsError;
use crate::record::atomic_file::FileError;
use crate::request::name::BadName;
use crate::source::SourceError;

/// Why a request cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// A name breaks the rule.
    #[error(transparent)]
    Name(#[from] BadName),
    /// `VARIANTS` cannot be read.
    #[error(transparent)]
    Variants(#[from] VariantsError),
    /// No such workspace, repository or ref.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A strategy that does not exist.
    #[error(
        "unknown strategy {strategy:?} for the variant {variant:?}{}\n  at {at} there are: {}\n  \
         to make one: make new-variant NAME={make}",
        nearest.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default(),
        known.join(", ")
    )]
    UnknownStrategy {
        /// The variant that asks for it.
        variant: String,
        /// What it asks for.
        strategy: String,
        /// The ref at which it was looked for.
        at: String,
        /// Those that exist there.
        known: Vec<String>,
        /// The nearest of them.
        nearest: Option<String>,
        /// A name under which it could be made.
        make: String,
    },
    /// A `variant.toml` that cannot be read.
    #[error("variants/{strategy}/variant.toml at {at}: {what}")]
    Manifest {
        /// The strategy.
        strategy: String,
        /// The ref.
        at: String,
        /// What is wrong.
        what: String,
    },
    /// No bundled strategy is marked as a default.
    #[error(
        "no strategy at {at} has `default = true` in its variant.toml; name variants in VARIANTS"
    )]
    NothingBundled {
        /// The ref.
        at: String,
    },
    /// A variant that is named by a flag and takes no part.
    #[error("no variant {named:?} takes part; there are: {}", known.join(", "))]
    UnknownVariant {
        /// The name.
        named: String,
        /// Those that do.
        known: Vec<String>,
    },
    /// A scenario that does not exist or cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The same scenario twice.
    #[error("the scenario {0:?} is asked for twice")]
    ScenarioTwice(String),
    /// A trace that cannot be used.
    #[error("TRACE={given}: {what}")]
    Trace {
        /// As it was given.
        given: String,
        /// What is wrong.
        what: String,
    },
    /// The saved exploration is damaged.
    #[error("{}: {what}; give VARIANTS again, or remove the file", path.display())]
    Saved {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}
