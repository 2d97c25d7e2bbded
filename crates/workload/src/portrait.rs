//! What a workload looks like: mix, popularity, reuse, working set, sizes, lifetimes, bursts.

mod arrivals;
mod quantiles;
mod skew;

use serde::Serialize;

pub use arrivals::Burstiness;
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
    /// Bytes of the values that are asked for, of those requests of which a size is known; `None`
    /// where it is of none.
    pub sizes: Option<Quantiles>,
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

impl Portrait {
    /// Of how many requests a size is known, in words.
    #[must_use]
    pub fn sizes_known(&self) -> String {
        let Info { requests, unsized_requests, assumed_bytes, .. } = self.info;
        match assumed_bytes {
            None => String::from("known for all requests"),
            Some(bytes) if unsized_requests == requests => {
                format!("not known ({bytes} bytes assumed)")
            }
            Some(bytes) => format!(
                "known for {:.1} % of the requests ({bytes} bytes assumed for the others)",
                (requests - unsized_requests) as f64 / requests as f64 * 100.0
            ),
        }
    }
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
        sizes: sizes(workload),
        ttl_seconds: workload.ttls_ms().and_then(|ttls| {
            let seconds = ttls.iter().filter(|&&ttl| ttl > 0);
            quantiles::of_values(seconds.map(|&ttl| f64::from(ttl) / 1_000.0))
        }),
        arrivals: workload.times_us().and_then(arrivals::burstiness),
        info,
    }
}

/// Quantiles of the sizes that the source tells. Those that it does not all have the same number in
/// their place: as many as there are of them are taken out.
fn sizes(workload: &Workload) -> Option<Quantiles> {
    let header = workload.header();
    let Some(sizes) = workload.sizes() else {
        let told = header.unsized_requests < header.requests;
        return told.then(|| Quantiles::constant(f64::from(header.value_bytes)));
    };
    let known = without(header.unsized_requests, header.assumed_bytes, sizes.iter().copied());
    quantiles::of_values(known.map(f64::from))
}

/// Numbers without the first `count` that are `assumed`.
pub(crate) fn without(
    mut count: u64,
    assumed: u64,
    numbers: impl Iterator<Item = u32> + Clone,
) -> impl Iterator<Item = u32> + Clone {
    numbers.filter(move |&number| {
        let left_out = count > 0 && u64::from(number) == assumed;
        count -= u64::from(left_out);
        !left_out
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithmic_steps_keep_their_ends() {
        assert_eq!(log_spaced(1, 1_000, 4), [1, 10, 100, 1_000]);
        assert_eq!(log_spaced(5, 5, 9), [5]);
    }
}
