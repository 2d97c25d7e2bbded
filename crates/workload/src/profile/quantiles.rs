//! Quantiles of value sizes, times to live and reuse distances.

use serde::Serialize;

use crate::bounds::LruCurve;

/// Maximum number of sorted values; only every n-th value of a longer list is sorted.
const MAX_SORTED: usize = 1_000_000;

/// Quantiles, extremes and mean of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// Minimum.
    pub min: f64,
    /// 10th percentile.
    pub p10: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Maximum.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
}

impl Quantiles {
    /// Returns the quantiles of a distribution with a single value.
    pub(super) fn constant(value: f64) -> Self {
        Self::from_function(value, |_| value)
    }

    /// Evaluates `at` for each quantile, given as a share from 0 to 1.
    fn from_function(mean: f64, at: impl Fn(f64) -> f64) -> Self {
        Self {
            min: at(0.0),
            p10: at(0.1),
            p25: at(0.25),
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p99: at(0.99),
            max: at(1.0),
            mean,
        }
    }
}

/// Computes quantiles of values; `None` without values.
///
/// Minimum, maximum and mean are exact. The other quantiles of a list of more than a million
/// values are those of every n-th value.
pub(super) fn from_values(values: impl Iterator<Item = f64> + Clone) -> Option<Quantiles> {
    let (mut count, mut sum) = (0_usize, 0.0);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.clone() {
        (count, sum) = (count + 1, sum + value);
        (min, max) = (min.min(value), max.max(value));
    }
    if count == 0 {
        return None;
    }
    let mut sorted: Vec<f64> = values.step_by(count.div_ceil(MAX_SORTED).max(1)).collect();
    sorted.sort_by(f64::total_cmp);
    let last = (sorted.len() - 1) as f64;
    let at = |share: f64| sorted[(share * last).round() as usize];
    Some(Quantiles { min, max, ..Quantiles::from_function(sum / count as f64, at) })
}

/// Computes quantiles of the reuse distances of reads; `None` if no read is a reuse.
pub(super) fn from_lru_curve(curve: &LruCurve) -> Option<Quantiles> {
    let hits = curve.all_hits();
    // Hits at depth d are those of capacity d minus those of capacity d − 1.
    let all = *hits.last()?;
    if all == 0 {
        return None;
    }
    let at = |share: f64| {
        let rank = ((share * all as f64).ceil() as u64).clamp(1, all);
        hits.partition_point(|&hits| hits < rank) as f64
    };
    let mut before = 0;
    let weighted = hits.iter().enumerate().map(|(depth, &hits)| {
        let here = hits - before;
        before = hits;
        depth as f64 * here as f64
    });
    let mean = weighted.sum::<f64>() / all as f64;
    Some(Quantiles::from_function(mean, at))
}

#[cfg(test)]
mod tests {
    use super::from_values;

    #[test]
    fn the_maximum_of_a_long_list_is_exact() {
        let sizes = (0..2_500_000).map(|index| if index == 1_234_567 { 999_999.0 } else { 10.0 });
        let result = from_values(sizes).unwrap();
        assert_eq!((result.min, result.p99, result.max), (10.0, 10.0, 999_999.0));
        assert!((result.mean - (10.0 + 999_989.0 / 2_500_000.0)).abs() < 1e-6, "{}", result.mean);
        assert_eq!(from_values(std::iter::empty()), None);
    }
}
