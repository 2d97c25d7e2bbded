//! Record `variant.toml`: facts about a strategy that a program cannot determine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Contents of `variant.toml` in a strategy's directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Display name, such as "LRU".
    pub title: String,
    /// One-line summary of the strategy.
    pub summary: String,
    /// Advantages of the strategy.
    #[serde(default)]
    pub pros: Vec<String>,
    /// Disadvantages of the strategy.
    #[serde(default)]
    pub cons: Vec<String>,
    /// Names of the required services, such as `redis`.
    #[serde(default)]
    pub services: Vec<String>,
    /// True if `make parallel-explore` without VARIANTS includes it.
    #[serde(default)]
    pub default: bool,
    /// True if the strategy only serves to measure the harness and is never compared.
    #[serde(default)]
    pub harness_only: bool,
    /// Number of years that the idea or library has been in production use.
    #[serde(default)]
    pub years_in_production: Option<f64>,
    /// Operating cost in words, such as "none" or "a server to run".
    #[serde(default)]
    pub operating_cost: Option<String>,
    /// Meaning of each option, by option name.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Commands that build and run a strategy that is not written in Rust.
    #[serde(default)]
    pub command: Option<Command>,
}

impl Manifest {
    /// Returns true if the strategy requires a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.services.is_empty()
    }
}

/// Commands that build and run a strategy in another language, in its own directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Build command and its arguments; empty if there is nothing to build.
    #[serde(default)]
    pub build: Vec<String>,
    /// Run command and its arguments.
    pub run: Vec<String>,
}
