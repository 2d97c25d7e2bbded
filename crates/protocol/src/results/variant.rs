//! Properties of one variant, declared and observed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Properties;
use crate::progress::{Failure, Status};
use crate::sample::StaticFacts;
use crate::variant::Manifest;

/// One variant of the exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantResults {
    /// Index in the user's order.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The user's description.
    pub description: String,
    /// Folder under `variants/`.
    pub strategy: String,
    /// Requested git ref.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Commit that was built.
    pub commit: String,
    /// Options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Its `variant.toml`.
    pub manifest: Manifest,
    /// Properties that its runner declares.
    pub properties: Option<Properties>,
    /// State of its progress file.
    pub status: Status,
    /// Reason why it may not be recommended although it has figures.
    pub disqualified: Option<String>,
    /// Reason why it failed or was skipped.
    pub error: Option<Failure>,
    /// Lines of code and dependencies.
    pub facts: Option<StaticFacts>,
    /// Seconds to build it: of its own dependency closure, if that was measured.
    pub build_seconds: Option<f64>,
    /// Result of the conformance check.
    pub conformance: Option<Conformance>,
    /// True if a second process sees the entries of the first.
    pub shared: Option<Tried>,
    /// True if entries outlive the process.
    pub survives_restart: Option<Tried>,
    /// Behavior at its limit, over all scenarios.
    pub memory_limit: MemoryLimit,
}

/// A property that was tried with further processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tried {
    /// Declared by the strategy.
    pub declared: bool,
    /// Observed.
    pub observed: bool,
    /// Description of the test.
    pub detail: String,
}

/// Result of a conformance check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conformance {
    /// Cases that passed.
    pub passed: usize,
    /// All cases.
    pub cases: usize,
}

/// Observed size of a cache compared with its limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryLimit {
    /// True if it held at most 5 % more entries than allowed in every scenario; absent without a
    /// limit.
    pub kept: Option<bool>,
    /// True if the server keeps its own capacity.
    pub server_capacity: bool,
    /// Most entries held, and bytes grown by then.
    pub largest: Option<Growth>,
    /// Allowed and held entries where it held most.
    pub at_most_entries: Option<AllowedAndHeld>,
    /// Allowed and held entries where their ratio was highest.
    pub at_highest_ratio: Option<AllowedAndHeld>,
}

/// Entries held and bytes grown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Growth {
    /// Entries held.
    pub entries: u64,
    /// Bytes grown; 0 if not known.
    pub bytes: u64,
    /// The scenario.
    pub scenario: String,
}

/// Allowed and held entries in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowedAndHeld {
    /// Allowed entries.
    pub allowed: u64,
    /// Held entries.
    pub held: u64,
    /// The scenario.
    pub scenario: String,
}

impl VariantResults {
    /// Returns whether the strategy declares a limit; `None` before its runner was asked.
    #[must_use]
    pub fn declares_limit(&self) -> Option<bool> {
        self.properties.as_ref().map(|properties| properties.bound.is_bounded())
    }

    /// Returns true if it has no figures, or figures that do not count.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        !matches!(self.status, Status::Completed) || self.disqualified.is_some()
    }

    /// Returns true if it was observed to have a limit and to keep it.
    #[must_use]
    pub fn keeps_limit(&self) -> bool {
        self.memory_limit.kept == Some(true) && self.declares_limit() != Some(false)
    }

    /// Returns true if it needs that service.
    #[must_use]
    pub fn needs(&self, service: &str) -> bool {
        self.manifest.services.iter().any(|needed| needed == service)
    }
}
