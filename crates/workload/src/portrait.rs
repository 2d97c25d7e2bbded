//! What a workload looks like: mix, popularity, reuse, working set, sizes, lifetimes, bursts.

mod quantiles;
mod skew;

use serde::Serialize;

pub use quantiles::Quantiles;
pub use skew::Skew;

use crate::bounds::LruCurve;
use crate::compiled::Workload;
use crate::info::{Info, info};

/// Stretches into which a workload is parted to show how it changes.
const STRETCHES: u64 = 40;
/// Points of a curve on a logarithmic axis.
const POINTS: usize = 60;

/// A workload as its figures show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Portrait {
    /// Requests, keys, bytes.
    #[serde(flatten)]
    pub info: Info,
    /// Reads among the requests, 0 to 1.
    pub read_share: f64,
    /// Keys that are requested once only, among all keys, 0 to 1.
    pub one_hit_share: f64,
    /// How popularity falls; `None` where no key is asked for twice.
    pub skew: Option<Skew>,
    /// Distinct keys from a request to the one before of the same key, that key included.
    pub reuse_distances: Option<Quantiles>,
    /// Hits of an LRU cache by reads, at capacities from one entry to all keys.
    pub lru_curve: Vec<CurvePoint>,
    /// Distinct keys over time.
    pub working_set: Vec<Stretch>,
    /// Bytes of the values that are asked for.
    pub sizes: Quantiles,
    /// Seconds that values live, where they do not for ever.
    pub ttl_seconds: Option<Quantiles>,
    /// How evenly requests arrive; `None` where they have no times.
    pub arrivals: Option<Burstiness>,
}

/// A capacity and what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Entries.
    pub capacity_entries: u64,
    /// Hits by reads, 0 to 1.
    pub hit_ratio: f64,
}

/// A part of the workload, all of them of as many requests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// Index of the request behind it.
    pub end: u64,
    /// Distinct keys within it.
    pub unique_keys: u64,
    /// Distinct keys from the start of the workload to its end.
    pub unique_keys_so_far: u64,
}

/// How requests are spread over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Burstiness {
    /// Requests per second over the whole time.
    pub mean_rate: f64,
    /// The busiest second (or shorter span, in a workload of less than a minute) by the mean.
    pub peak_to_mean: f64,
    /// Variance by mean of the requests in a span: 1 where they come at random (Poisson), more
    /// in bursts.
    pub dispersion: f64,
    /// Seconds of a span.
    pub span_seconds: f64,
    /// Requests per second, in stretches of the same time.
    pub rates: Vec<f64>,
}

/// Draws the portrait; a few passes over the workload.
#[must_use]
pub fn portrait(workload: &Workload) -> Portrait {
    let info = info(workload);
    let curve = LruCurve::of(workload, None);
    let keys = info.unique_keys.max(1);
    let hit_ratio = |capacity_entries: u64| {
        let hits = curve.hits(capacity_entries) as f64;
        CurvePoint { capacity_entries, hit_ratio: hits / info.reads.max(1) as f64 }
    };
    Portrait {
        read_share: info.reads as f64 / info.requests.max(1) as f64,
        one_hit_share: info.one_hit_keys as f64 / keys as f64,
        skew: skew::skew(workload),
        reuse_distances: quantiles::of_curve(&curve),
        lru_curve: log_spaced(1, keys, POINTS).into_iter().map(hit_ratio).collect(),
        working_set: working_set(workload),
        sizes: match workload.sizes() {
            Some(sizes) => quantiles::of_sample(sizes.iter().map(|&bytes| f64::from(bytes))),
            None => Quantiles::constant(f64::from(workload.header().value_bytes)),
        },
        ttl_seconds: workload.ttls_ms().map(|ttls| {
            let seconds = ttls.iter().filter(|&&ttl| ttl > 0);
            quantiles::of_sample(seconds.map(|&ttl| f64::from(ttl) / 1_000.0))
        }),
        arrivals: workload.times_us().and_then(burstiness),
        info,
    }
}

/// Whole numbers from `low` to `high`, about evenly spread on a logarithmic axis, each once.
#[must_use]
pub fn log_spaced(low: u64, high: u64, count: usize) -> Vec<u64> {
    let (from, to) = ((low.max(1) as f64).ln(), (high.max(1) as f64).ln());
    let step = (to - from) / (count.max(2) - 1) as f64;
    let mut numbers: Vec<u64> =
        (0..count).map(|index| (from + step * index as f64).exp().round() as u64).collect();
    numbers.dedup();
    numbers
}

fn working_set(workload: &Workload) -> Vec<Stretch> {
    let ids = workload.ids();
    let length = (ids.len() as u64).div_ceil(STRETCHES).max(1);
    // The number of the stretch in which a key was seen last, from 1.
    let mut seen_in = vec![0_u8; workload.header().unique_keys as usize];
    let mut so_far = 0;
    (1..)
        .zip(ids.chunks(length as usize))
        .map(|(number, part)| {
            let (mut unique_keys, mut new) = (0, 0);
            for &id in part {
                let seen = &mut seen_in[id as usize];
                unique_keys += u64::from(*seen != number);
                new += u64::from(*seen == 0);
                *seen = number;
            }
            so_far += new;
            let end = (u64::from(number) * length).min(ids.len() as u64);
            Stretch { end, unique_keys, unique_keys_so_far: so_far }
        })
        .collect()
}

fn burstiness(times_us: &[u64]) -> Option<Burstiness> {
    let last = *times_us.last().filter(|&&last| last > 0)?;
    let seconds = last as f64 / 1e6;
    let span_us = if seconds >= 60.0 { 1_000_000 } else { (last / 60).max(1) };
    let spans = (last / span_us + 1) as usize;
    let (mut sum_of_squares, mut peak, mut count, mut current) = (0.0, 0_u64, 0_u64, 0);
    let mut rates = vec![0.0; spans.min(200)];
    let stretch = last / rates.len() as u64 + 1;
    for &time in times_us {
        if time / span_us != current {
            sum_of_squares += (count * count) as f64;
            (peak, count, current) = (peak.max(count), 0, time / span_us);
        }
        count += 1;
        rates[(time / stretch) as usize] += 1e6 / stretch as f64;
    }
    sum_of_squares += (count * count) as f64;
    let mean = times_us.len() as f64 / spans as f64;
    Some(Burstiness {
        mean_rate: times_us.len() as f64 / seconds,
        peak_to_mean: peak.max(count) as f64 / mean,
        dispersion: (sum_of_squares / spans as f64 - mean * mean) / mean,
        span_seconds: span_us as f64 / 1e6,
        rates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_and_bursty_arrivals_are_told_apart() {
        let steady: Vec<u64> = (0..100_000).map(|index| index * 1_000).collect();
        let found = burstiness(&steady).unwrap();
        assert!((found.mean_rate - 1_000.0).abs() < 1.0 && found.dispersion < 0.01);
        // All of every tenth second within it.
        let bursty: Vec<u64> =
            (0..100_000).map(|index| index / 10_000 * 10_000_000 + index % 10_000).collect();
        let found = burstiness(&bursty).unwrap();
        assert!(found.dispersion > 5_000.0 && found.peak_to_mean > 8.0, "{found:?}");
        assert!(burstiness(&[0, 0, 0]).is_none());
    }

    #[test]
    fn logarithmic_steps_keep_their_ends() {
        assert_eq!(log_spaced(1, 1_000, 4), [1, 10, 100, 1_000]);
        assert_eq!(log_spaced(5, 5, 9), [5]);
    }
}
