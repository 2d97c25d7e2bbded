//! Quantiles of what a workload has many of.

use serde::Serialize;

use crate::bounds::LruCurve;

/// At most so many values are looked at; from a longer list every n-th.
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

/// Quantiles of values, from every n-th of them where there are many; zeros where there is none.
pub(super) fn of_sample(values: impl Iterator<Item = f64> + Clone) -> Quantiles {
    let count = values.clone().count();
    let mut sample: Vec<f64> = values.step_by(count.div_ceil(SAMPLE).max(1)).collect();
    sample.sort_by(f64::total_cmp);
    let mean = sample.iter().sum::<f64>() / sample.len().max(1) as f64;
    let last = sample.len().saturating_sub(1) as f64;
    Quantiles::by(mean, |share| sample.get((share * last).round() as usize).copied().unwrap_or(0.0))
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
