//! Record `variant.toml`: facts about a strategy that a program cannot determine.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::message::CheckCase;

/// Prefix of the placeholder texts in the `variant.toml` of a new strategy.
pub const PLACEHOLDER: &str = "not written yet";

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
    /// Date of the last release of the library that the strategy wraps, as `YYYY-MM-DD`.
    #[serde(default)]
    pub last_release: Option<Date>,
    /// True if the library is maintained, false if its work has stopped; absent if unknown.
    #[serde(default)]
    pub maintained: Option<bool>,
    /// Rules of the conformance kit that the library is known to break, each with the observation.
    ///
    /// Such a failure does not exclude the variant; the report shows it as a fact.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_failures: BTreeMap<String, String>,
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

    /// Returns the keys whose text is still the placeholder of a new strategy.
    #[must_use]
    pub fn unwritten(&self) -> Vec<&'static str> {
        let is_placeholder = |text: &String| text.starts_with(PLACEHOLDER);
        let texts = [
            ("summary", is_placeholder(&self.summary)),
            ("pros", self.pros.iter().any(is_placeholder)),
            ("cons", self.cons.iter().any(is_placeholder)),
            ("operating_cost", self.operating_cost.as_ref().is_some_and(is_placeholder)),
        ];
        texts.into_iter().filter(|(_, unwritten)| *unwritten).map(|(key, _)| key).collect()
    }

    /// Returns the failed cases of a conformance check that are not known failures.
    pub fn unexpected_failures<'a>(
        &'a self,
        cases: &'a [CheckCase],
    ) -> impl Iterator<Item = &'a CheckCase> {
        cases.iter().filter(|case| !case.passed && !self.known_failures.contains_key(&case.name))
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
