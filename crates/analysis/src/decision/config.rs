//! Parses `decision.toml`: constraints, weights and tier latencies of a decision.

use std::path::Path;

use bakeoff_protocol::results::decision::{Constraints, DecisionConfig, TierLatencies, Weights};
use bakeoff_units::UnitError;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Supported schema version of `decision.toml`.
const SCHEMA: u32 = 1;

/// Content of `decision.toml`. Every key has a default; an unknown key is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "schema")]
    schema: u32,
    #[serde(default)]
    scenarios: Vec<String>,
    #[serde(default)]
    constraints: ConstraintsTable,
    #[serde(default)]
    tiers: TiersTable,
    #[serde(default)]
    weights: WeightsTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConstraintsTable {
    shared: bool,
    bounded: bool,
    survives_restart: bool,
    no_new_service: bool,
    operated: Vec<String>,
    #[serde(deserialize_with = "time")]
    p99_under: Option<f64>,
    #[serde(deserialize_with = "size")]
    memory_under: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TiersTable {
    #[serde(deserialize_with = "time")]
    l1: Option<f64>,
    #[serde(deserialize_with = "time")]
    l2: Option<f64>,
    #[serde(deserialize_with = "time")]
    l3: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WeightsTable {
    performance: f64,
    simplicity: f64,
    cost: f64,
    longevity: f64,
    risk: f64,
}

impl Default for ConstraintsTable {
    fn default() -> Self {
        let defaults = Constraints::default();
        Self {
            shared: defaults.shared,
            bounded: defaults.bounded,
            survives_restart: defaults.survives_restart,
            no_new_service: defaults.no_new_service,
            operated: defaults.operated,
            p99_under: defaults.p99_under_ns,
            memory_under: defaults.memory_under_bytes,
        }
    }
}

impl Default for WeightsTable {
    fn default() -> Self {
        let Weights { performance, simplicity, cost, longevity, risk } = Weights::default();
        Self { performance, simplicity, cost, longevity, risk }
    }
}

const fn schema() -> u32 {
    SCHEMA
}

/// Error in a `decision.toml`.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML, or has an unknown key or an invalid value.
    #[error("cannot parse {path}: {source}")]
    Syntax {
        /// Path of the file.
        path: String,
        /// Error of the TOML parser, with its position.
        source: Box<toml::de::Error>,
    },
    /// A weight is negative, or all weights are 0.
    #[error("{path}: invalid [weights]; expected numbers of at least 0, with at least one above 0")]
    Weights {
        /// Path of the file.
        path: String,
    },
    /// The exploration does not have a scenario of this name.
    #[error("{path}: unknown scenario {name:?}; this exploration has {known}")]
    Scenario {
        /// Path of the file.
        path: String,
        /// Unknown name.
        name: String,
        /// Names of the scenarios of the exploration.
        known: String,
    },
    /// The file has an unsupported schema version.
    #[error("{path}: unknown schema {schema}; only 1 is supported")]
    Schema {
        /// Path of the file.
        path: String,
        /// Schema version that the file states.
        schema: u32,
    },
}

/// Parses a `decision.toml`; `scenarios` are the names in the exploration, `path` is for errors.
///
/// # Errors
/// [`ConfigError`] if the file is invalid.
pub fn parse(text: &str, path: &Path, scenarios: &[&str]) -> Result<DecisionConfig, ConfigError> {
    let path = path.display().to_string();
    let file: File = toml::from_str(text)
        .map_err(|source| ConfigError::Syntax { path: path.clone(), source: Box::new(source) })?;
    if file.schema != SCHEMA {
        return Err(ConfigError::Schema { path, schema: file.schema });
    }
    let config = DecisionConfig::from(file);
    let weights = config.weights.all();
    if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
        || weights.iter().sum::<f64>() <= 0.0
    {
        return Err(ConfigError::Weights { path });
    }
    if let Some(name) = config.scenarios.iter().find(|name| !scenarios.contains(&name.as_str())) {
        let known = scenarios.join(", ");
        return Err(ConfigError::Scenario { path, name: name.clone(), known });
    }
    Ok(config)
}

impl From<File> for DecisionConfig {
    fn from(file: File) -> Self {
        let WeightsTable { performance, simplicity, cost, longevity, risk } = file.weights;
        Self {
            scenarios: file.scenarios,
            constraints: Constraints {
                shared: file.constraints.shared,
                bounded: file.constraints.bounded,
                survives_restart: file.constraints.survives_restart,
                no_new_service: file.constraints.no_new_service,
                operated: file.constraints.operated,
                p99_under_ns: file.constraints.p99_under,
                memory_under_bytes: file.constraints.memory_under,
            },
            tiers: TierLatencies {
                l1_ns: file.tiers.l1,
                l2_ns: file.tiers.l2,
                l3_ns: file.tiers.l3,
            },
            weights: Weights { performance, simplicity, cost, longevity, risk },
        }
    }
}

/// Parses a duration such as `"5ms"` as nanoseconds.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    positive(from, |text| bakeoff_units::parse_duration(text).map(|time| time.as_nanos() as f64))
}

/// Parses a size such as `"512MiB"` as bytes.
fn size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    positive(from, |text| bakeoff_units::parse_bytes(text).map(|bytes| bytes as f64))
}

fn positive<'de, D: Deserializer<'de>>(
    from: D,
    parse: impl Fn(&str) -> Result<f64, UnitError>,
) -> Result<Option<f64>, D::Error> {
    let text = String::deserialize(from)?;
    match parse(&text) {
        Ok(value) if value > 0.0 => Ok(Some(value)),
        Ok(_) => Err(D::Error::custom(format!("expected a value above 0, got {text:?}"))),
        Err(error) => Err(D::Error::custom(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<DecisionConfig, String> {
        parse(text, Path::new("decision.toml"), &["scan"]).map_err(|error| error.to_string())
    }

    #[test]
    fn units_are_parsed_and_missing_keys_have_defaults() {
        let config = parsed(
            "[constraints]\nshared = true\np99_under = \"1.5 ms\"\nmemory_under = \"512MiB\"\n\
             [tiers]\nl3 = \"5ms\"\n[weights]\nperformance = 3",
        )
        .unwrap();
        assert_eq!(config.constraints.p99_under_ns, Some(1.5e6));
        assert_eq!(config.constraints.memory_under_bytes, Some(512.0 * 1024.0 * 1024.0));
        assert_eq!((config.tiers.l1_ns, config.tiers.l3_ns), (None, Some(5e6)));
        assert_eq!(config.weights.all(), [3.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(parsed("").unwrap(), DecisionConfig::default());
    }

    #[test]
    fn errors_name_the_file_and_the_mistake() {
        for (text, expected) in [
            ("[constraints]\nshard = true", "unknown field `shard`"),
            ("[tiers]\nl1 = \"5\"", "5ms"),
            ("[constraints]\nmemory_under = \"-1MiB\"", "512MiB"),
            ("[weights]\nrisk = -1", "[weights]"),
            ("scenarios = [\"none\"]", "this exploration has scan"),
            ("schema = 2", "schema 2"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected) && error.contains("decision.toml"), "{error}");
        }
    }
}
