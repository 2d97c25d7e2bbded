//! Quantiles of what a workload has many of.

use serde::Serialize;

use crate::bounds::LruCurve;

/// At most so many values are sorted; of a longer list every n-th.
const SAMPLE: usize = 1_000_000;

/// Where the values of a distribution lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// The smallest.
    pub min: f64,
    /// A tenth is smaller.
    pub p10: f64,
    /// A quarter is smaller.
    pub p25: f64,
    /// Half are smaller.
    pub p50: f64,
    /// A quarter is larger.
    pub p75: f64,
    /// A tenth is larger.
    pub p90: f64,
    /// A hundredth is larger.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
}

impl Quantiles {
    /// All values are the same.
    pub(super) fn constant(value: f64) -> Self {
        Self::by(value, |_| value)
    }

    fn by(mean: f64, at: impl Fn(f64) -> f64) -> Self {
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

/// Quantiles of values, those in between from every n-th of them where there are many; `None` where
/// there is no value.
pub(super) fn of_values(values: impl Iterator<Item = f64> + Clone) -> Option<Quantiles> {
    let (mut count, mut sum) = (0_usize, 0.0);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.clone() {
        (count, sum) = (count + 1, sum + value);
        (min, max) = (min.min(value), max.max(value));
    }
    if count == 0 {
        return None;
    }
    let mut sample: Vec<f64> = values.step_by(count.div_ceil(SAMPLE).max(1)).collect();
    sample.sort_by(f64::total_cmp);
    let last = (sample.len() - 1) as f64;
    let at = |share: f64| sample[(share * last).round() as usize];
    Some(Quantiles { min, max, ..Quantiles::by(sum / count as f64, at) })
}

/// Quantiles of the depths at which reads found their keys; `None` where none did.
pub(super) fn of_curve(curve: &LruCurve) -> Option<Quantiles> {
    let hits = curve.all_hits();
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
    Some(Quantiles::by(mean, at))
}

#[cfg(test)]
mod tests {
    use super::of_values;

    #[test]
    fn one_value_among_millions_is_seen() {
        let sizes = (0..2_500_000).map(|index| if index == 1_234_567 { 999_999.0 } else { 10.0 });
        let found = of_values(sizes).unwrap();
        assert_eq!((found.min, found.p99, found.max), (10.0, 10.0, 999_999.0));
        assert!((found.mean - (10.0 + 999_989.0 / 2_500_000.0)).abs() < 1e-6, "{}", found.mean);
        assert_eq!(of_values(std::iter::empty()), None);
    }
}
