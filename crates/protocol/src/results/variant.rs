//! Declared and observed properties of one variant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::MemoryGrowthFigures;
use crate::Properties;
use crate::progress::{Failure, Status};
use crate::sample::StaticFacts;
use crate::variant::Manifest;

/// One variant of the exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantResults {
    /// Index of the variant in the user's order.
    pub index: usize,
    /// Name of the variant.
    pub name: String,
    /// Description given by the user.
    pub description: String,
    /// Name of the strategy, a directory under `variants/`.
    pub strategy: String,
    /// Git ref that the user requested.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Commit that was built.
    pub commit: String,
    /// Options of the variant.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Contents of the strategy's `variant.toml`.
    pub manifest: Manifest,
    /// Properties that the runner declared.
    pub properties: Option<Properties>,
    /// True if the runner supports several requests in flight; absent if unknown.
    #[serde(default)]
    pub asynchronous: Option<bool>,
    /// Status in the progress file of the variant.
    pub status: Status,
    /// Reason why the variant may not be recommended although it has figures.
    pub disqualified: Option<String>,
    /// Reason why the variant failed or was skipped.
    pub error: Option<Failure>,
    /// Lines of code and number of dependencies.
    pub facts: Option<StaticFacts>,
    /// Seconds to build the variant: compile time of its dependency closure if that was measured,
    /// otherwise wall time of the build.
    pub build_seconds: Option<f64>,
    /// Result of the conformance check.
    pub conformance: Option<Conformance>,
    /// Test of whether a second process sees the entries of the first.
    pub shared: Option<TestedProperty>,
    /// Test of whether entries survive the end of the process.
    pub survives_restart: Option<TestedProperty>,
    /// Size of the cache compared with its limit, over all scenarios.
    pub memory_limit: MemoryLimit,
}

/// Property that the driver tested with several processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestedProperty {
    /// Value that the strategy declares.
    pub declared: bool,
    /// Value that the test observed.
    pub observed: bool,
    /// Description of the test.
    pub detail: String,
}

/// Result of a conformance check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conformance {
    /// Number of cases that passed.
    pub passed: usize,
    /// Number of all cases.
    pub cases: usize,
}

/// Observed size of a cache compared with its limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryLimit {
    /// True if the cache held at most 5 % more entries than allowed in every scenario, and its memory
    /// does not grow; absent without a limit.
    pub kept: Option<bool>,
    /// True if the capacity is set in the server's own configuration.
    pub server_capacity: bool,
    /// Strongest growth of a full cache's memory; absent if it does not grow in any scenario.
    #[serde(default)]
    pub grows: Option<MemoryGrowthFigures>,
    /// Highest number of entries held, with the growth of the memory.
    pub largest: Option<MemoryGrowth>,
    /// Allowed and held entries in the scenario with the most entries held.
    pub at_most_entries: Option<AllowedAndHeld>,
    /// Allowed and held entries in the scenario with the highest ratio of held to allowed entries.
    pub at_highest_ratio: Option<AllowedAndHeld>,
}

/// Number of entries held and growth of the memory in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryGrowth {
    /// Number of entries held.
    pub entries: u64,
    /// Growth of the memory, in bytes; 0 if unknown.
    pub bytes: u64,
    /// Name of the scenario.
    pub scenario: String,
}

/// Allowed and held entries in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowedAndHeld {
    /// Number of entries allowed.
    pub allowed: u64,
    /// Number of entries held.
    pub held: u64,
    /// Name of the scenario.
    pub scenario: String,
}

impl VariantResults {
    /// Returns true if the strategy declares a size limit; `None` if its properties are not known.
    #[must_use]
    pub fn declares_limit(&self) -> Option<bool> {
        self.properties.as_ref().map(|properties| properties.bound.is_bounded())
    }

    /// Returns true if the variant has no figures, or figures that do not count.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        !matches!(self.status, Status::Completed) || self.disqualified.is_some()
    }

    /// Returns true if the cache was observed to keep its limit and does not declare itself
    /// unbounded.
    #[must_use]
    pub fn keeps_limit(&self) -> bool {
        self.memory_limit.kept == Some(true) && self.declares_limit() != Some(false)
    }

    /// Returns true if the variant needs the given service.
    #[must_use]
    pub fn needs(&self, service: &str) -> bool {
        self.manifest.services.iter().any(|needed| needed == service)
    }
}
