//! Hits of an LRU cache at every capacity, in one pass (Mattson and others, 1970).
//!
//! A read hits in a cache of C entries if its key lies among the C most recently used. Keys lie
//! in slots by the time of their last use, and how many slots lie above one is counted in
//! O(log keys). A deleted key leaves its place as a hole: a cache that held it
//! has room for one more, one that did not has none, so the keys below do not move up. The next
//! key that comes to the top from below the uppermost hole (or from outside) closes it, and leaves
//! the hole where it came from.

use super::Requests;
use super::bit_set::BitSet;
use crate::compiled::Op;
use crate::order::Places;

const NOWHERE: u32 = u32::MAX;

/// How often a read found its key at which depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LruCurve {
    /// Hits at a capacity of that many entries.
    hits: Vec<u64>,
}

impl LruCurve {
    /// The curve of the first `limit` requests of a workload; `None`: all.
    #[must_use]
    pub fn of(workload: &crate::Workload, limit: Option<u64>) -> Self {
        Self::over(Requests::of(workload, limit))
    }

    pub(super) fn over(requests: Requests<'_>) -> Self {
        let keys = requests.id_limit();
        let mut stack = Stack::new(keys);
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

    /// Hits by capacity in entries, from 0 to the number of keys.
    #[must_use]
    pub fn all_hits(&self) -> &[u64] {
        &self.hits
    }

    /// Hits of a cache of that many entries.
    #[must_use]
    pub fn hits(&self, capacity_entries: u64) -> u64 {
        let last = self.hits.len() - 1;
        self.hits[usize::try_from(capacity_entries).map_or(last, |capacity| capacity.min(last))]
    }
}

/// Keys and holes by the time of their last use.
pub(crate) struct Stack {
    /// Slot of every key, or nowhere.
    slot_of: Vec<u32>,
    /// Slots of keys and of holes.
    taken: Places,
    holes: BitSet,
    next_slot: usize,
    slots: usize,
}

impl Stack {
    /// An empty stack for keys below `keys`.
    pub(crate) fn new(keys: usize) -> Self {
        // Twice the keys: slots are numbered anew once in as many uses as there are keys. Holes
        // and keys together never outnumber the keys.
        let slots = 2 * keys + 64;
        Self {
            slot_of: vec![NOWHERE; keys],
            taken: Places::below(slots),
            holes: BitSet::below(slots),
            next_slot: 0,
            slots,
        }
    }

    /// Brings a key to the top; its depth before, from 1, if it was there.
    pub(crate) fn touch(&mut self, id: u32) -> Option<usize> {
        if self.next_slot == self.slots {
            self.renumber();
        }
        let slot = self.slot_of[id as usize];
        let depth =
            (slot != NOWHERE).then(|| self.taken.count() - self.taken.below_count(slot as usize));
        let hole = self.holes.max().filter(|&hole| slot == NOWHERE || hole > slot as usize);
        if let Some(hole) = hole {
            self.taken.remove(hole);
            self.holes.remove(hole);
        }
        match (slot, hole) {
            (NOWHERE, _) => {}
            (slot, Some(_)) => self.holes.insert(slot as usize),
            (slot, None) => self.taken.remove(slot as usize),
        }
        let top = self.next_slot;
        self.next_slot += 1;
        self.slot_of[id as usize] = top as u32;
        self.taken.insert(top);
        depth
    }

    /// A key is gone; its place stays as a hole.
    pub(crate) fn delete(&mut self, id: u32) {
        let slot = std::mem::replace(&mut self.slot_of[id as usize], NOWHERE);
        if slot != NOWHERE {
            self.holes.insert(slot as usize);
        }
    }

    /// Moves everything down to the lowest slots, in its order.
    fn renumber(&mut self) {
        for slot in self.slot_of.iter_mut().filter(|slot| **slot != NOWHERE) {
            *slot = self.taken.below_count(*slot as usize) as u32;
        }
        let mut holes = BitSet::below(self.slots);
        while let Some(hole) = self.holes.max() {
            self.holes.remove(hole);
            holes.insert(self.taken.below_count(hole));
        }
        self.holes = holes;
        self.next_slot = self.taken.count();
        self.taken.fill(self.next_slot);
    }
}
