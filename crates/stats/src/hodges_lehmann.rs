//! Hodges–Lehmann estimate of a shift and its confidence interval.
//!
//! J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Annals of
//! Mathematical Statistics 34, 1963. The estimate is the median of the Walsh averages (dᵢ + dⱼ)/2,
//! i ≤ j. The values that the signed-rank test does not reject are between two of them (M.
//! Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", section 3.3).

use crate::{Interval, SignedRank, median::median_of_sorted};

/// Sorted Walsh averages of differences.
#[derive(Clone, Debug)]
pub struct Walsh {
    n: usize,
    sorted: Vec<f64>,
}

impl Walsh {
    /// Computes the averages; `None` without differences, or if a difference is not finite.
    #[must_use]
    pub fn new(differences: &[f64]) -> Option<Self> {
        if differences.is_empty() || differences.iter().any(|d| !d.is_finite()) {
            return None;
        }
        let n = differences.len();
        let mut sorted = Vec::with_capacity(n * (n + 1) / 2);
        for (i, &first) in differences.iter().enumerate() {
            sorted.extend(differences[i..].iter().map(|&second| f64::midpoint(first, second)));
        }
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self { n, sorted })
    }

    /// Returns the number of differences.
    #[must_use]
    pub const fn differences(&self) -> usize {
        self.n
    }

    /// Returns the Hodges–Lehmann estimate: the median of the averages.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        median_of_sorted(&self.sorted)
    }

    /// Returns the narrowest interval whose confidence is at least `1 − alpha`.
    ///
    /// With too few differences, returns the widest interval with its lower, attained confidence.
    /// `distribution` must be for the same number of differences.
    #[must_use]
    pub fn interval(&self, alpha: f64, distribution: &SignedRank) -> Interval {
        let k = distribution.critical(alpha / 2.0).unwrap_or(0).min((self.sorted.len() - 1) / 2);
        Interval {
            low: self.sorted[k],
            high: self.sorted[self.sorted.len() - 1 - k],
            confidence: (1.0 - 2.0 * distribution.at_most(k)).max(0.0),
        }
    }
}
