//! Bounds on hit ratios: optimal and infinite caches, and the exact LRU curve.
//!
//! # Definition of the optimal bound
//! Entries have unit size. A replay offers a key to the cache after a read that misses and after a
//! write; the cache may refuse it. A delete removes the key, because a later answer with the old
//! value would be wrong.
//!
//! A read therefore hits only if the previous request of its key was a read or a write, and the
//! key stayed in the cache since then. Each such pair of consecutive requests of a key is an
//! interval. A cache of C entries holds at most C intervals at any time, so the optimal number of
//! hits is the largest number of intervals that fit. If all requests are reads, this is Belady's
//! algorithm (1966) with bypass, also called clairvoyant.
//!
//! No strategy that answers correctly and never holds more than C entries has more hits. A strategy
//! that evicts in batches exceeds its capacity for a while and may have more hits.

mod bit_set;
mod index_buffer;
mod lru;
mod optimal;
mod replayed_requests;
mod sampled_lru;

use bakeoff_compiled::Workload;
use serde::Serialize;

pub use lru::LruCurve;
pub(crate) use lru::LruStack;
pub use sampled_lru::{MIN_SAMPLED_KEYS, SampledCurve};

use index_buffer::IndexBuffer;
use replayed_requests::ReplayedRequests;

/// Bounds on the hits of a cache of one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CapacityBounds {
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Number of requests.
    pub requests: u64,
    /// Number of reads.
    pub reads: u64,
    /// Hits of the optimal cache of this capacity (Belady's algorithm with bypass).
    pub clairvoyant_hits: u64,
    /// Hits of an infinite cache.
    pub infinite_hits: u64,
    /// Hits of an LRU cache of this capacity that stores every miss and every write.
    pub lru_hits: u64,
}

/// Computes the bounds at each capacity.
#[must_use]
pub fn compute_bounds(workload: &Workload, capacities: &[u64]) -> Vec<CapacityBounds> {
    let requests = ReplayedRequests::new(workload);
    let reads = requests.reads();
    let next_hits = optimal::next_hits(requests);
    let infinite_hits = count_hits(&next_hits);
    let lru = LruCurve::from_requests(requests);
    capacities
        .iter()
        .map(|&capacity_entries| CapacityBounds {
            capacity_entries,
            requests: requests.ids.len() as u64,
            reads,
            clairvoyant_hits: optimal::count_hits(next_hits.as_ref(), capacity_entries),
            infinite_hits,
            lru_hits: lru.hits(capacity_entries),
        })
        .collect()
}

/// Counts the hits of an infinite cache.
#[must_use]
pub fn infinite_hits(workload: &Workload) -> u64 {
    let requests = ReplayedRequests::new(workload);
    count_hits(&optimal::next_hits(requests))
}

/// Counts the requests that are followed by a hit of the same key.
fn count_hits(next_hits: &IndexBuffer) -> u64 {
    next_hits.as_ref().iter().filter(|&&next| next != optimal::NEVER).count() as u64
}
