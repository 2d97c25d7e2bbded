//! Hits of an LRU cache at every capacity, in one pass (stack distances, Mattson et al. 1970).
//!
//! A read hits in a cache of C entries if its key is among the C most recently used. Keys occupy
//! slots in the order of their last use; counting the keys above a slot takes O(log keys).
//!
//! A deleted key leaves a hole: a cache that held the key now has a free entry, a smaller cache
//! does not. Keys below the hole therefore keep their depth. The hole is filled when a key from
//! below it, or a key outside the stack, moves to the top. A key from below leaves a new hole in
//! its old slot. If there are several holes, the uppermost is filled first.

use bakeoff_compiled::{Op, Workload};

use super::bit_set::BitSet;
use super::replayed_requests::ReplayedRequests;
use crate::rank_select::RankedSet;

const ABSENT: u32 = u32::MAX;

/// Number of LRU hits as a function of the capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LruCurve {
    /// Number of hits, indexed by the capacity in entries.
    hits: Vec<u64>,
}

impl LruCurve {
    /// Computes the curve.
    #[must_use]
    pub fn compute(workload: &Workload) -> Self {
        Self::from_requests(ReplayedRequests::new(workload))
    }

    pub(super) fn from_requests(requests: ReplayedRequests<'_>) -> Self {
        let keys = requests.id_limit();
        let mut stack = LruStack::new(keys);
        let mut hits = vec![0_u64; keys + 2];
        for (index, &id) in requests.ids.iter().enumerate() {
            match requests.op(index) {
                Op::Delete => stack.delete(id),
                Op::Write => {
                    stack.touch(id);
                }
                Op::Read => {
                    if let Some(depth) = stack.touch(id) {
                        hits[depth] += 1;
                    }
                }
            }
        }
        for depth in 1..hits.len() {
            hits[depth] += hits[depth - 1];
        }
        Self { hits }
    }

    /// Returns the number of hits for each capacity in entries, starting at 0.
    #[must_use]
    pub fn all_hits(&self) -> &[u64] {
        &self.hits
    }

    /// Returns the number of hits of an LRU cache of `capacity_entries`.
    #[must_use]
    pub fn hits(&self, capacity_entries: u64) -> u64 {
        let last = self.hits.len() - 1;
        self.hits[usize::try_from(capacity_entries).map_or(last, |capacity| capacity.min(last))]
    }
}

/// LRU stack: keys, and holes of deleted keys, in the order of their last use.
pub(crate) struct LruStack {
    /// Slot of each key id; [`ABSENT`] if the key is not in the stack.
    slot_of: Vec<u32>,
    /// Slots occupied by keys or holes.
    occupied: RankedSet,
    holes: BitSet,
    next_slot: usize,
    slots: usize,
}

impl LruStack {
    /// Creates an empty stack for ids below `keys`.
    pub(crate) fn new(keys: usize) -> Self {
        // Keys and holes together never exceed `keys`. With twice as many slots, the stack is
        // compacted at most once per `keys` uses.
        let slots = 2 * keys + 64;
        Self {
            slot_of: vec![ABSENT; keys],
            occupied: RankedSet::new(slots),
            holes: BitSet::new(slots),
            next_slot: 0,
            slots,
        }
    }

    /// Moves a key to the top and returns its previous depth, from 1; `None` for an absent key.
    pub(crate) fn touch(&mut self, id: u32) -> Option<usize> {
        if self.next_slot == self.slots {
            self.compact();
        }
        let slot = self.slot_of[id as usize];
        let depth =
            (slot != ABSENT).then(|| self.occupied.len() - self.occupied.rank(slot as usize));
        let hole = self.holes.max().filter(|&hole| slot == ABSENT || hole > slot as usize);
        if let Some(hole) = hole {
            self.occupied.remove(hole);
            self.holes.remove(hole);
        }
        match (slot, hole) {
            (ABSENT, _) => {}
            (slot, Some(_)) => self.holes.insert(slot as usize),
            (slot, None) => self.occupied.remove(slot as usize),
        }
        let top = self.next_slot;
        self.next_slot += 1;
        self.slot_of[id as usize] = top as u32;
        self.occupied.insert(top);
        depth
    }

    /// Removes a key and leaves a hole in its slot.
    pub(crate) fn delete(&mut self, id: u32) {
        let slot = std::mem::replace(&mut self.slot_of[id as usize], ABSENT);
        if slot != ABSENT {
            self.holes.insert(slot as usize);
        }
    }

    /// Moves keys and holes to the lowest slots without changing their order.
    fn compact(&mut self) {
        for slot in self.slot_of.iter_mut().filter(|slot| **slot != ABSENT) {
            *slot = self.occupied.rank(*slot as usize) as u32;
        }
        let mut holes = BitSet::new(self.slots);
        while let Some(hole) = self.holes.max() {
            self.holes.remove(hole);
            holes.insert(self.occupied.rank(hole));
        }
        self.holes = holes;
        self.next_slot = self.occupied.len();
        self.occupied.set_range(self.next_slot);
    }
}
