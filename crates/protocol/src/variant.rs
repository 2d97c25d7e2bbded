//! `variant.toml`: what a program cannot see of a strategy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The manifest that lies in a strategy's folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// A name for people: "LRU".
    pub title: String,
    /// One line.
    pub summary: String,
    /// What speaks for it.
    #[serde(default)]
    pub pros: Vec<String>,
    /// What speaks against it.
    #[serde(default)]
    pub cons: Vec<String>,
    /// Services that it needs, such as `redis`.
    #[serde(default)]
    pub services: Vec<String>,
    /// Whether a bare `make parallel-explore` takes it.
    #[serde(default)]
    pub default: bool,
    /// False for one that only measures the harness.
    #[serde(default = "yes")]
    pub entrant: bool,
    /// Years that the idea or library has been in production use.
    #[serde(default)]
    pub years_in_production: Option<f64>,
    /// Cost of operating it, in words: "none", "a server to run".
    #[serde(default)]
    pub operating_cost: Option<String>,
    /// Options and what they mean.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// How to build and run it where it is not in Rust.
    #[serde(default)]
    pub command: Option<Command>,
}

impl Manifest {
    /// Whether it needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.services.is_empty()
    }
}

/// How a variant in another language is built and run, from its own folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Words of the command that builds it, if any.
    #[serde(default)]
    pub build: Vec<String>,
    /// Words of the command that runs it.
    pub run: Vec<String>,
}

const fn yes() -> bool {
    true
}
