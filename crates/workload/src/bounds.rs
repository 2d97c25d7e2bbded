//! What no strategy can beat: clairvoyant and infinite caches, and the exact LRU curve.
//!
//! # What is bounded
//! Entries have unit size. A replay stores a key when a read of it missed, and when it is written;
//! both may be refused. A delete ends the life of what was stored: an answer given after it from
//! before it would be wrong. So a read hits only where the key was kept without a break since the
//! request of that key before it, and that request was a read or a write. Each such pair of
//! neighbouring requests is an interval; a cache of C entries keeps at most C intervals at any
//! moment; the clairvoyant hits are the most intervals that can be kept. A write is worth storing
//! just as a missed read is, at no miss of its own; a request that is followed by a write or a
//! delete of its key is worth nothing. Where all requests are reads, this is Belady's rule (1966)
//! with leave to refuse.
//!
//! No strategy that answers correctly and holds at most C entries at any moment hits more often;
//! one that evicts in batches holds more than its capacity for a while, and may.

mod bit_set;
mod clairvoyant;
mod indices;
mod lru;
mod sampled;

use std::path::Path;

use serde::Serialize;

use crate::compiled::{Op, Workload};

pub use lru::LruCurve;
pub(crate) use lru::Stack;
pub use sampled::{FEWEST_KEYS, SampledCurve};

/// Bounds at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// The capacity.
    pub capacity_entries: u64,
    /// Requests that were counted.
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// Hits of the best possible cache of that capacity.
    pub clairvoyant_hits: u64,
    /// Hits of a cache that never evicts.
    pub infinite_hits: u64,
    /// Hits of an LRU cache of that capacity that stores every miss and every write.
    pub lru_hits: u64,
}

/// The requests of a workload, or the first of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requests<'a> {
    /// Where the workload lies, and temporary files may.
    pub(crate) folder: &'a Path,
    pub(crate) ids: &'a [u32],
    pub(crate) ops: Option<&'a [u8]>,
}

impl<'a> Requests<'a> {
    /// The first `limit` requests; `None`: all.
    pub(crate) fn of(workload: &'a Workload, limit: Option<u64>) -> Self {
        let all = workload.requests();
        let count = limit.map_or(all, |limit| limit.min(all as u64) as usize);
        Self {
            folder: workload.path().parent().unwrap_or(Path::new(".")),
            ids: &workload.ids()[..count],
            ops: workload.ops().map(|ops| &ops[..count]),
        }
    }

    /// What a request does.
    #[inline]
    pub(crate) fn op(&self, index: usize) -> Op {
        self.ops.map_or(Op::Read, |ops| Op::from_byte(ops[index]))
    }

    fn reads(&self) -> u64 {
        (0..self.ids.len()).filter(|&index| self.op(index) == Op::Read).count() as u64
    }

    /// One more than the largest id.
    pub(crate) fn id_limit(&self) -> usize {
        self.ids.iter().max().map_or(0, |&id| id as usize + 1)
    }
}

/// Bounds of the first `limit` requests (`None`: all) at every capacity, in their order.
#[must_use]
pub fn bounds(workload: &Workload, capacities: &[u64], limit: Option<u64>) -> Vec<Bounds> {
    let requests = Requests::of(workload, limit);
    let reads = requests.reads();
    let next_hits = clairvoyant::next_hits(requests);
    let infinite_hits = count(&next_hits);
    let lru = LruCurve::over(requests);
    capacities
        .iter()
        .map(|&capacity_entries| Bounds {
            capacity_entries,
            requests: requests.ids.len() as u64,
            reads,
            clairvoyant_hits: clairvoyant::hits(next_hits.as_ref(), capacity_entries),
            infinite_hits,
            lru_hits: lru.hits(capacity_entries),
        })
        .collect()
}

/// Hits of a cache that never evicts, over the first `limit` requests (`None`: all).
#[must_use]
pub fn infinite_hits(workload: &Workload, limit: Option<u64>) -> u64 {
    let requests = Requests::of(workload, limit);
    count(&clairvoyant::next_hits(requests))
}

/// How many requests are followed by a hit.
fn count(next_hits: &indices::Indices) -> u64 {
    next_hits.as_ref().iter().filter(|&&next| next != clairvoyant::NEVER).count() as u64
}
