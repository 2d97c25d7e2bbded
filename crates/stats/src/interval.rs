//! Type of a confidence interval.

use serde::{Deserialize, Serialize};

/// Closed confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Attained confidence (0.95 is 95 %), a lower bound of the coverage probability. With few
    /// samples it is below the required confidence.
    pub confidence: f64,
}

impl Interval {
    /// Returns true if the value is in the interval or at one of its ends.
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
