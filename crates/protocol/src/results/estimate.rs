//! Figures with their uncertainty.

use serde::{Deserialize, Serialize};

/// Median with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    /// Median over rounds.
    pub median: f64,
    /// Lower end of the interval between order statistics.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence of the interval: at least 0.95 from six samples on. With fewer samples the
    /// interval is their whole range, and its confidence is lower.
    pub confidence: f64,
    /// Number of samples.
    pub samples: u32,
}

/// Figure over all rounds' samples together, with the lowest and highest of single rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spread {
    /// Over all rounds.
    pub value: f64,
    /// Lowest of a single round.
    pub low: f64,
    /// Highest of a single round.
    pub high: f64,
}
