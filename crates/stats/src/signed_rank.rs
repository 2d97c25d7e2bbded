//! Wilcoxon's signed-rank test and the distribution of its statistic.
//!
//! F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945. For
//! differences symmetric about 0, every subset of the ranks 1…n is equally likely to be the ranks
//! of the positive differences. Dynamic programming counts the subsets by their sum.

use statrs::distribution::{ContinuousCDF, Normal};

/// Largest number of differences with an exact distribution.
///
/// Above it, the normal approximation with continuity correction is used. At the limit, both
/// probabilities differ by less than 10⁻⁴ in tails below 2.5 %, and by at most 4·10⁻⁴ elsewhere
/// (tested).
pub const EXACT_LIMIT: usize = 250;

/// Distribution of the sum of positive ranks of `n` symmetric differences without zeros or ties.
#[derive(Clone, Debug)]
pub struct SignedRank {
    n: usize,
    /// P(T ≤ t) for t = 0, 1, …; empty above [`EXACT_LIMIT`].
    cumulative: Vec<f64>,
}

impl SignedRank {
    /// Computes the distribution for `n` differences.
    #[must_use]
    pub fn new(n: usize) -> Self {
        let ranks: Vec<usize> = (1..=n).collect();
        let cumulative = if n <= EXACT_LIMIT { cumulative(&ranks) } else { Vec::new() };
        Self { n, cumulative }
    }

    /// Returns P(T ≤ t).
    #[must_use]
    pub fn at_most(&self, t: usize) -> f64 {
        if self.cumulative.is_empty() {
            let (mean, deviation) = self.moments();
            return standard_normal_cdf((t as f64 + 0.5 - mean) / deviation);
        }
        self.cumulative.get(t).copied().unwrap_or(1.0)
    }

    /// Returns the critical value of a one-sided test: the largest t with P(T ≤ t) ≤ `tail`.
    ///
    /// `None` if P(T ≤ 0) is above `tail`.
    #[must_use]
    pub fn critical(&self, tail: f64) -> Option<usize> {
        if self.cumulative.is_empty() {
            let (mean, deviation) = self.moments();
            let t = mean + deviation * standard_normal_quantile(tail) - 0.5;
            return (t >= 0.0).then_some(t.floor() as usize);
        }
        self.cumulative.partition_point(|&p| p <= tail).checked_sub(1)
    }

    /// Returns the mean and standard deviation of T.
    fn moments(&self) -> (f64, f64) {
        let n = self.n as f64;
        (n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt())
    }
}

/// P(sum ≤ t) for t = 0, 1, … over all equally likely subsets of `ranks`.
fn cumulative(ranks: &[usize]) -> Vec<f64> {
    let mut probability = vec![0.0; ranks.iter().sum::<usize>() + 1];
    probability[0] = 1.0;
    let mut highest = 0;
    for &rank in ranks {
        highest += rank;
        for sum in (0..=highest).rev() {
            let with = if sum >= rank { probability[sum - rank] } else { 0.0 };
            probability[sum] = (probability[sum] + with) / 2.0;
        }
    }
    let mut total = 0.0;
    for p in &mut probability {
        total += *p;
        *p = total;
    }
    probability
}

/// Returns the two-sided p-value of the hypothesis that the differences are symmetric about 0.
///
/// Zeros are handled by Pratt's method (J. W. Pratt, "Remarks on zeros and ties in the Wilcoxon
/// signed rank procedures", JASA 54, 1959): they are ranked and then left out. Equal magnitudes
/// share their mean rank. The conditional distribution is exact up to [`EXACT_LIMIT`] differences,
/// and normal with continuity correction above. The p-value is 1 if all differences are zero.
#[must_use]
pub fn p_value(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.to_vec();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Doubled ranks, so that shared ranks are whole numbers.
    let (mut ranks, mut positive) = (Vec::with_capacity(sorted.len()), 0);
    let mut first = 0;
    while first < sorted.len() {
        let magnitude = sorted[first].abs();
        let tied = sorted[first..].iter().take_while(|d| d.abs() == magnitude).count();
        let doubled = 2 * first + tied + 1;
        if magnitude > 0.0 {
            let above = sorted[first..first + tied].iter().filter(|&&d| d > 0.0).count();
            positive += doubled * above;
            ranks.extend(std::iter::repeat_n(doubled, tied));
        }
        first += tied;
    }
    tails(&ranks, positive)
}

/// Twice the smaller tail of the sum of a random subset of `ranks` at `sum`, at most 1.
fn tails(ranks: &[usize], sum: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let smaller = sum.min(total - sum);
    let tail = if ranks.len() <= EXACT_LIMIT {
        cumulative(ranks)[smaller]
    } else {
        let variance = ranks.iter().map(|&r| (r * r) as f64).sum::<f64>() / 4.0;
        // Half a step: sums of doubled ranks without ties have steps of 2.
        standard_normal_cdf((smaller as f64 + 1.0 - total as f64 / 2.0) / variance.sqrt())
    };
    (2.0 * tail).min(1.0)
}

/// Returns P(Z ≤ z) of the standard normal distribution.
#[must_use]
pub fn standard_normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Returns the `p` quantile of the standard normal distribution.
#[must_use]
pub fn standard_normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}
