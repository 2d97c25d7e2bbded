//! Median and its order-statistic interval.

use crate::Interval;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Median over rounds with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Median of the samples.
    pub median: f64,
    /// Interval of the median.
    pub interval: Interval,
    /// Number of samples.
    pub samples: usize,
}

/// Returns the median; `None` without samples, or if a sample is not finite.
#[must_use]
pub fn median(samples: &[f64]) -> Option<f64> {
    sorted(samples).map(|sorted| median_of_sorted(&sorted))
}

/// Returns the median with its order-statistic interval of confidence at least `1 − alpha`.
///
/// The interval is valid for any distribution (W. R. Thompson, "On confidence ranges for the
/// median", Annals of Mathematical Statistics 7, 1936): the number of samples below the median is
/// binomial(n, ½). With too few samples (up to five at 95 %) it is the whole range, with its lower,
/// attained confidence. `None` without samples, or if a sample is not finite.
#[must_use]
pub fn summarize(samples: &[f64], alpha: f64) -> Option<Summary> {
    let sorted = sorted(samples)?;
    let n = sorted.len();
    let below = Binomial::new(0.5, n as u64).ok()?;
    let mut k = 0;
    while k + 1 < n.div_ceil(2) && 2.0 * below.cdf(k as u64 + 1) <= alpha {
        k += 1;
    }
    // k samples are cut from each end, which costs P(at most k below) on each side.
    let interval = Interval {
        low: sorted[k],
        high: sorted[n - 1 - k],
        confidence: (1.0 - 2.0 * below.cdf(k as u64)).max(0.0),
    };
    Some(Summary { median: median_of_sorted(&sorted), interval, samples: n })
}

/// Sorts samples; `None` without samples, or if a sample is not finite.
fn sorted(samples: &[f64]) -> Option<Vec<f64>> {
    if samples.is_empty() || samples.iter().any(|sample| !sample.is_finite()) {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// Returns the median of sorted samples, which must not be empty.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}
