//! Optimal number of hits: Belady's algorithm with bypass.
//!
//! The cache is represented by the index of the next hit of each entry. When it exceeds its
//! capacity, it evicts the entry whose next hit is latest, which may be the new entry. This greedy
//! rule is optimal for entries of equal size (Belady 1966).

use bakeoff_compiled::Op;

use super::bit_set::BitSet;
use super::index_buffer::IndexBuffer;
use super::replayed_requests::ReplayedRequests;

/// Marks a request whose key has no later hit.
pub(super) const NEVER: u32 = u32::MAX;

/// Returns, for each request, the index of the read that hits if the key is kept until then.
///
/// [`NEVER`] means that there is no such read.
pub(super) fn next_hits(requests: ReplayedRequests<'_>) -> IndexBuffer {
    let mut indices = IndexBuffer::new(requests.ids.len(), requests.folder);
    let next_hits = indices.as_mut();
    let mut next_read = vec![NEVER; requests.id_limit()];
    for index in (0..requests.ids.len()).rev() {
        let next = &mut next_read[requests.ids[index] as usize];
        next_hits[index] = NEVER;
        match requests.op(index) {
            Op::Read => next_hits[index] = std::mem::replace(next, index as u32),
            Op::Write => next_hits[index] = std::mem::replace(next, NEVER),
            Op::Delete => *next = NEVER,
        }
    }
    indices
}

/// Counts the hits of the optimal cache of `capacity` entries.
pub(super) fn count_hits(next_hits: &[u32], capacity: u64) -> u64 {
    let mut held = BitSet::new(next_hits.len());
    let (mut count, mut hits) = (0, 0);
    for (now, &next) in next_hits.iter().enumerate() {
        if held.contains(now) {
            held.remove(now);
            count -= 1;
            hits += 1;
        }
        if next == NEVER {
            continue;
        }
        held.insert(next as usize);
        count += 1;
        if count > capacity
            && let Some(latest) = held.max()
        {
            held.remove(latest);
            count -= 1;
        }
    }
    hits
}
