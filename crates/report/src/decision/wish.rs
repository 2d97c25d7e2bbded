//! `decision.toml`: what the choice must respect, what counts how much, what the tiers cost.

use std::collections::BTreeMap;
use std::path::Path;

use bakeoff_units::UnitError;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// What its reader wants. Everything has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Version of the file.
    #[serde(default = "one")]
    pub schema: u32,
    /// Scenarios that count; all, where none is named.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// What must hold.
    #[serde(default)]
    pub constraints: Constraints,
    /// What the tiers cost, where it is not what was measured.
    #[serde(default)]
    pub tiers: Tiers,
    /// What counts how much.
    #[serde(default)]
    pub weights: Weights,
}

/// What must hold; what is left out may be as it likes, but for the limit: a cache without one is
/// taken only where its reader says so.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Constraints {
    /// Processes share entries.
    pub shared: bool,
    /// Its size has a limit, and keeps it.
    pub bounded: bool,
    /// Entries survive the end of the process.
    pub survives_restart: bool,
    /// Nothing has to be run that is not run already (see `operated`).
    pub no_new_service: bool,
    /// Services that are run already.
    pub operated: Vec<String>,
    /// Ninety-ninth percentile of a request's latency, in nanoseconds, is below this.
    #[serde(deserialize_with = "time")]
    pub p99_under: Option<f64>,
    /// Memory of the filled cache, in bytes, is below this.
    #[serde(deserialize_with = "size")]
    pub memory_under: Option<f64>,
}

/// Latency of each tier in nanoseconds; absent: as measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tiers {
    /// Within the process.
    #[serde(deserialize_with = "time")]
    pub l1: Option<f64>,
    /// In a shared cache.
    #[serde(deserialize_with = "time")]
    pub l2: Option<f64>,
    /// At the origin: what a miss costs.
    #[serde(deserialize_with = "time")]
    pub l3: Option<f64>,
}

/// Weights of the criteria, in any unit; only their shares count.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Mean latency.
    pub performance: f64,
    /// Code and dependencies.
    pub simplicity: f64,
    /// Memory and services.
    pub cost: f64,
    /// Years in production.
    pub longevity: f64,
    /// What can go wrong.
    pub risk: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { performance: 1.0, simplicity: 1.0, cost: 1.0, longevity: 1.0, risk: 1.0 }
    }
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            shared: false,
            bounded: true,
            survives_restart: false,
            no_new_service: false,
            operated: Vec::new(),
            p99_under: None,
            memory_under: None,
        }
    }
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            schema: 1,
            scenarios: Vec::new(),
            constraints: Constraints::default(),
            tiers: Tiers::default(),
            weights: Weights::default(),
        }
    }
}

const fn one() -> u32 {
    1
}

/// Why a `decision.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    /// It is no TOML, or not of this shape.
    #[error("{path}: {source}")]
    Shape {
        /// The file.
        path: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A weight is negative, or none is positive.
    #[error("{path}: [weights]: expected numbers from 0 up, one of them more than 0")]
    Weights {
        /// The file.
        path: String,
    },
    /// A scenario that the exploration does not have.
    #[error("{path}: scenarios: there is no {name:?}; this exploration has {known}")]
    Scenario {
        /// The file.
        path: String,
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// Of another version.
    #[error("{path}: schema: {schema} is not known, only 1 is")]
    Schema {
        /// The file.
        path: String,
        /// What it says.
        schema: u32,
    },
}

impl Wish {
    /// Reads the text of a file; `scenarios` are those that the exploration has.
    ///
    /// # Errors
    /// [`WishError`] if it cannot be used.
    pub fn parse(text: &str, path: &Path, scenarios: &[&str]) -> Result<Self, WishError> {
        let path = path.display().to_string();
        let wish: Self = toml::from_str(text)
            .map_err(|source| WishError::Shape { path: path.clone(), source: Box::new(source) })?;
        if wish.schema != 1 {
            return Err(WishError::Schema { path, schema: wish.schema });
        }
        let weights = wish.weights.all();
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
            || weights.iter().sum::<f64>() <= 0.0
        {
            return Err(WishError::Weights { path });
        }
        if let Some(name) = wish.scenarios.iter().find(|name| !scenarios.contains(&name.as_str())) {
            let known = scenarios.join(", ");
            return Err(WishError::Scenario { path, name: name.clone(), known });
        }
        Ok(wish)
    }
}

impl Weights {
    /// In the order of [`super::score::CRITERIA`].
    #[must_use]
    pub const fn all(&self) -> [f64; 5] {
        [self.performance, self.simplicity, self.cost, self.longevity, self.risk]
    }
}

/// Reads a duration such as `"5ms"` as nanoseconds.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    positive(from, |text| bakeoff_units::parse_duration(text).map(|time| time.as_nanos() as f64))
}

/// Reads a size such as `"512MiB"` as bytes.
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
        Ok(_) => Err(D::Error::custom(format!("{text:?}: expected more than 0"))),
        Err(error) => Err(D::Error::custom(error)),
    }
}

/// Names of the constraints that hold, for a reader.
#[must_use]
pub fn demands(constraints: &Constraints) -> BTreeMap<&'static str, String> {
    let mut said = BTreeMap::new();
    let mut say = |key, asked: bool, words: String| {
        if asked {
            said.insert(key, words);
        }
    };
    let words = String::from;
    say("shared", constraints.shared, words("processes share entries"));
    say("bounded", constraints.bounded, words("its size has a limit, and keeps it"));
    say("survives_restart", constraints.survives_restart, words("entries survive a restart"));
    let run = if constraints.operated.is_empty() {
        words("no service is run for it")
    } else {
        format!("no service is run for it but {}", constraints.operated.join(", "))
    };
    say("no_new_service", constraints.no_new_service, run);
    if let Some(limit) = constraints.p99_under {
        say(
            "p99_under",
            true,
            format!("p99 under {}", bakeoff_analysis::number::duration(limit / 1e9)),
        );
    }
    if let Some(limit) = constraints.memory_under {
        say(
            "memory_under",
            true,
            format!("memory under {}", bakeoff_analysis::number::bytes(limit)),
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Wish, String> {
        Wish::parse(text, Path::new("decision.toml"), &["scan"]).map_err(|error| error.to_string())
    }

    #[test]
    fn units_are_read_and_the_rest_has_defaults() {
        let wish = parsed(
            "[constraints]\nshared = true\np99_under = \"1.5 ms\"\nmemory_under = \"512MiB\"\n\
             [tiers]\nl3 = \"5ms\"\n[weights]\nperformance = 3",
        )
        .unwrap();
        assert_eq!(wish.constraints.p99_under, Some(1.5e6));
        assert_eq!(wish.constraints.memory_under, Some(512.0 * 1024.0 * 1024.0));
        assert_eq!((wish.tiers.l1, wish.tiers.l3), (None, Some(5e6)));
        assert_eq!(wish.weights.all(), [3.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(parsed("").unwrap(), Wish::default());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (text, said) in [
            ("[constraints]\nshard = true", "unknown field `shard`"),
            ("[tiers]\nl1 = \"5\"", "5ms"),
            ("[constraints]\nmemory_under = \"-1MiB\"", "512MiB"),
            ("[weights]\nrisk = -1", "[weights]"),
            ("scenarios = [\"none\"]", "this exploration has scan"),
            ("schema = 2", "schema: 2"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(said) && error.contains("decision.toml"), "{error}");
        }
    }
}
