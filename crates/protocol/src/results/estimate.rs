//! Figures with their uncertainty.

use serde::{Deserialize, Serialize};

/// Median over rounds with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    /// Median of the samples.
    pub median: f64,
    /// Lower end of the interval, which is one of the samples.
    pub low: f64,
    /// Upper end of the interval, which is one of the samples.
    pub high: f64,
    /// Confidence of the interval, at least 0.95 with six or more samples. With fewer samples the
    /// interval is their whole range, and the confidence is lower. A single sample has no interval:
    /// its ends equal the median.
    pub confidence: f64,
    /// Number of samples.
    pub samples: u32,
}

/// Figure computed from all rounds together, with its lowest and highest value in a single round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spread {
    /// Value over all rounds together.
    pub value: f64,
    /// Lowest value in a single round.
    pub low: f64,
    /// Highest value in a single round.
    pub high: f64,
    /// Number of rounds.
    pub samples: u32,
}
