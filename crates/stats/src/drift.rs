//! Test and size of a trend over rounds.
//!
//! Test: Mann–Kendall (H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 1945; M.
//! G. Kendall, "Rank Correlation Methods"), with ties, normal approximation and continuity
//! correction. Size: Theil–Sen slope (P. K. Sen, "Estimates of the regression coefficient based on
//! Kendall's tau", JASA 63, 1968).

use crate::{median::median, signed_rank::standard_normal_cdf};

/// Trend of values over rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Change per round in the unit of the values: the median slope over all pairs of rounds.
    pub slope: f64,
    /// Two-sided p-value of the hypothesis that there is no trend.
    pub p_value: f64,
}

/// Returns the trend of values in the order of rounds.
///
/// `None` for fewer than four values, which are too few for the test, or if a value is not finite.
#[must_use]
pub fn drift(values: &[f64]) -> Option<Drift> {
    if values.len() < 4 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut slopes = Vec::with_capacity(values.len() * (values.len() - 1) / 2);
    let mut score = 0_i64;
    for (i, first) in values.iter().enumerate() {
        for (j, second) in values.iter().enumerate().skip(i + 1) {
            slopes.push((second - first) / (j - i) as f64);
            score += i64::from(second > first) - i64::from(second < first);
        }
    }
    Some(Drift { slope: median(&slopes)?, p_value: p_value(score, values) })
}

/// Returns the two-sided p-value of Kendall's score.
fn p_value(score: i64, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let weight = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let tied: f64 = sorted.chunk_by(|a, b| a == b).map(|group| weight(group.len() as f64)).sum();
    let variance = (weight(values.len() as f64) - tied) / 18.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = (score.abs() - 1).max(0) as f64 / variance.sqrt();
    (2.0 * standard_normal_cdf(-distance)).min(1.0)
}
