//! The best hits of all: intervals between neighbouring requests of a key, as many as fit.
//!
//! A cache is here the set of the moments at which what it holds will next hit. Whenever more
//! than its capacity would be held, the one that hits latest is given up: the greedy rule that is
//! optimal for intervals of equal worth (Belady 1966; with leave to refuse, the newcomer may be
//! the one given up).

use super::Requests;
use super::bit_set::BitSet;
use super::indices::Indices;
use crate::compiled::Op;

/// No hit follows.
pub(super) const NEVER: u32 = u32::MAX;

/// For every request the index of the hit that storing its key then can bring.
pub(super) fn next_hits(requests: Requests<'_>) -> Indices {
    let mut indices = Indices::new(requests.ids.len(), requests.folder);
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

/// The most hits that a cache of that many entries can have.
pub(super) fn hits(next_hits: &[u32], capacity: u64) -> u64 {
    let mut held = BitSet::below(next_hits.len());
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
