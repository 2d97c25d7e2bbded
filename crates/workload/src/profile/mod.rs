//! Profile of a workload: operations, popularity, reuse, working set, value sizes, TTLs, arrivals.

mod burstiness;
mod log_spacing;
mod quantiles;
mod skew;

use serde::Serialize;

pub use burstiness::Burstiness;
pub use log_spacing::log_spaced;
pub use quantiles::Quantiles;
pub use skew::Skew;

use crate::bounds::LruCurve;
use crate::compiled::Workload;
use crate::workload_info::{WorkloadInfo, summarize};

/// Number of intervals for which the working set is measured.
const INTERVALS: u64 = 40;
/// Number of points of the LRU curve.
const CURVE_POINTS: usize = 60;

/// Statistical profile of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkloadProfile {
    /// Counts, sizes and duration.
    #[serde(flatten)]
    pub info: WorkloadInfo,
    /// Share of reads among the requests, 0 to 1.
    pub read_share: f64,
    /// Share of keys that are requested exactly once, 0 to 1.
    pub one_hit_share: f64,
    /// Popularity of the keys; `None` if no key is requested twice.
    pub skew: Option<Skew>,
    /// Reuse distances of reads; `None` if no key is read again.
    ///
    /// A distance is the number of distinct keys requested since the previous request of the key,
    /// including the key itself.
    pub reuse_distances: Option<Quantiles>,
    /// Hit ratio of an LRU cache at capacities from one entry to all keys.
    pub lru_curve: Vec<LruCurvePoint>,
    /// Numbers of distinct keys in consecutive intervals of the workload.
    pub working_set: Vec<WorkingSetInterval>,
    /// Quantiles of the known value sizes, in bytes; `None` if no size is known.
    pub sizes: Option<Quantiles>,
    /// Quantiles of the times to live, in seconds; `None` if no request has a time to live.
    pub ttl_seconds: Option<Quantiles>,
    /// Distribution of requests over time; `None` if the workload has no times.
    pub arrivals: Option<Burstiness>,
}

/// Hit ratio at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LruCurvePoint {
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Hits divided by reads, 0 to 1.
    pub hit_ratio: f64,
}

/// Distinct keys in one of several intervals with equal numbers of requests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WorkingSetInterval {
    /// Index of the first request after the interval.
    pub end: u64,
    /// Number of distinct keys in the interval.
    pub unique_keys: u64,
    /// Number of distinct keys from the start of the workload to the end of the interval.
    pub unique_keys_so_far: u64,
}

impl WorkloadProfile {
    /// Describes the share of requests with a known value size, for the user.
    #[must_use]
    pub fn size_coverage(&self) -> String {
        let WorkloadInfo { requests, unsized_requests, assumed_bytes, .. } = self.info;
        match assumed_bytes {
            None => String::from("known for all requests"),
            Some(bytes) if unsized_requests == requests => {
                format!("unknown ({bytes} bytes assumed)")
            }
            Some(bytes) => format!(
                "known for {:.1} % of the requests ({bytes} bytes assumed for the others)",
                (requests - unsized_requests) as f64 / requests as f64 * 100.0
            ),
        }
    }
}

/// Computes the profile in a few passes over the workload.
#[must_use]
pub fn profile(workload: &Workload) -> WorkloadProfile {
    let info = summarize(workload);
    let curve = LruCurve::compute(workload);
    let keys = info.unique_keys.max(1);
    let point = |capacity_entries: u64| {
        let hits = curve.hits(capacity_entries) as f64;
        LruCurvePoint { capacity_entries, hit_ratio: hits / info.reads.max(1) as f64 }
    };
    WorkloadProfile {
        read_share: info.reads as f64 / info.requests.max(1) as f64,
        one_hit_share: info.one_hit_keys as f64 / keys as f64,
        skew: skew::fit_zipf(workload),
        reuse_distances: quantiles::from_lru_curve(&curve),
        lru_curve: log_spaced(1, keys, CURVE_POINTS).into_iter().map(point).collect(),
        working_set: working_set(workload),
        sizes: size_quantiles(workload),
        ttl_seconds: workload.ttls_ms().and_then(|ttls| {
            let ttls_ms = ttls.iter().filter(|&&ttl| ttl > 0);
            quantiles::from_values(ttls_ms.map(|&ttl| f64::from(ttl) / 1_000.0))
        }),
        arrivals: workload.times_us().and_then(burstiness::measure),
        info,
    }
}

/// Computes quantiles of the sizes recorded in the source.
fn size_quantiles(workload: &Workload) -> Option<Quantiles> {
    let header = workload.header();
    let Some(sizes) = workload.sizes() else {
        let has_sizes = header.unsized_requests < header.requests;
        return has_sizes.then(|| Quantiles::constant(f64::from(header.value_bytes)));
    };
    let recorded =
        skip_assumed(header.unsized_requests, header.assumed_bytes, sizes.iter().copied());
    quantiles::from_values(recorded.map(f64::from))
}

/// Removes the first `count` sizes that equal `assumed_bytes`, the placeholder for unknown sizes.
///
/// Recorded sizes can equal the placeholder. Quantiles do not depend on which of the equal sizes
/// are removed.
pub(crate) fn skip_assumed(
    mut count: u64,
    assumed_bytes: u64,
    sizes: impl Iterator<Item = u32> + Clone,
) -> impl Iterator<Item = u32> + Clone {
    sizes.filter(move |&size| {
        let is_assumed = count > 0 && u64::from(size) == assumed_bytes;
        count -= u64::from(is_assumed);
        !is_assumed
    })
}

fn working_set(workload: &Workload) -> Vec<WorkingSetInterval> {
    let ids = workload.ids();
    let length = (ids.len() as u64).div_ceil(INTERVALS).max(1);
    // For each key id: number, from 1, of the last interval that requests the key; 0 for none.
    let mut last_interval = vec![0_u8; workload.header().unique_keys as usize];
    let mut unique_keys_so_far = 0;
    (1..)
        .zip(ids.chunks(length as usize))
        .map(|(number, interval)| {
            let mut unique_keys = 0;
            for &id in interval {
                let last = &mut last_interval[id as usize];
                unique_keys += u64::from(*last != number);
                unique_keys_so_far += u64::from(*last == 0);
                *last = number;
            }
            let end = (u64::from(number) * length).min(ids.len() as u64);
            WorkingSetInterval { end, unique_keys, unique_keys_so_far }
        })
        .collect()
}
