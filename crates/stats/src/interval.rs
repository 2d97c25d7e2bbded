//! Confidence interval.

use serde::{Deserialize, Serialize};

/// Closed interval with its confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Lower bound of the coverage probability; 0.95 is 95 %. It is the *attained* confidence,
    /// which is below the required one if there are few samples.
    pub confidence: f64,
}

impl Interval {
    /// True if the interval contains the value; the ends belong to it.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Returns half the distance between the ends.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Applies an increasing function to both ends.
    #[must_use]
    pub fn map(&self, rising: impl Fn(f64) -> f64) -> Self {
        Self { low: rising(self.low), high: rising(self.high), confidence: self.confidence }
    }
}
