//! Hits of an LRU cache at every capacity, in one pass (Mattson and others, 1970).
//!
//! A read hits in a cache of C entries if its key lies among the C most recently used. Keys lie
//! in slots by the time of their last use, and how many slots lie above one is counted in a
//! Fenwick tree, in O(log keys). A deleted key leaves its place as a hole: a cache that held it
//! has room for one more, one that did not has none, so the keys below do not move up. The next
//! key that comes to the top from below the uppermost hole (or from outside) closes it, and leaves
//! the hole where it came from.

use super::Requests;
use super::bit_set::BitSet;
use crate::compiled::Op;

const NOWHERE: u32 = u32::MAX;
const HOLE: u32 = u32::MAX - 1;

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

    /// Hits of a cache of that many entries.
    #[must_use]
    pub fn hits(&self, capacity_entries: u64) -> u64 {
        let last = self.hits.len() - 1;
        self.hits[usize::try_from(capacity_entries).map_or(last, |capacity| capacity.min(last))]
    }
}

/// Keys and holes by the time of their last use.
struct Stack {
    /// Slot of every key, or nowhere.
    slot_of: Vec<u32>,
    /// Key in every slot, a hole, or nothing.
    content: Vec<u32>,
    /// Counts of taken slots.
    taken: Fenwick,
    holes: BitSet,
    next_slot: usize,
    count: usize,
}

impl Stack {
    fn new(keys: usize) -> Self {
        // Twice the keys: slots are numbered anew once in as many uses as there are keys. Holes
        // and keys together never outnumber the keys.
        let slots = 2 * keys + 64;
        Self {
            slot_of: vec![NOWHERE; keys],
            content: vec![NOWHERE; slots],
            taken: Fenwick::new(slots),
            holes: BitSet::below(slots),
            next_slot: 0,
            count: 0,
        }
    }

    /// Brings a key to the top; its depth before, from 1, if it was there.
    fn touch(&mut self, id: u32) -> Option<usize> {
        if self.next_slot == self.content.len() {
            self.renumber();
        }
        let slot = self.slot_of[id as usize];
        let depth = (slot != NOWHERE).then(|| self.count - self.taken.below(slot as usize));
        let hole = self.holes.max().filter(|&hole| slot == NOWHERE || hole > slot as usize);
        if let Some(hole) = hole {
            self.free(hole);
            self.holes.remove(hole);
        }
        match (slot, hole) {
            (NOWHERE, _) => {}
            (slot, Some(_)) => {
                self.content[slot as usize] = HOLE;
                self.holes.insert(slot as usize);
            }
            (slot, None) => self.free(slot as usize),
        }
        let top = self.next_slot;
        self.next_slot += 1;
        self.content[top] = id;
        self.slot_of[id as usize] = top as u32;
        self.taken.add(top, 1);
        self.count += 1;
        depth
    }

    fn delete(&mut self, id: u32) {
        let slot = std::mem::replace(&mut self.slot_of[id as usize], NOWHERE);
        if slot != NOWHERE {
            self.content[slot as usize] = HOLE;
            self.holes.insert(slot as usize);
        }
    }

    fn free(&mut self, slot: usize) {
        self.content[slot] = NOWHERE;
        self.taken.add(slot, -1);
        self.count -= 1;
    }

    /// Moves everything down to the lowest slots, in its order.
    fn renumber(&mut self) {
        let slots = self.content.len();
        let old = std::mem::replace(&mut self.content, vec![NOWHERE; slots]);
        self.taken = Fenwick::new(slots);
        self.holes = BitSet::below(slots);
        self.next_slot = 0;
        for content in old.into_iter().filter(|&content| content != NOWHERE) {
            let slot = self.next_slot;
            self.content[slot] = content;
            self.taken.add(slot, 1);
            match content {
                HOLE => self.holes.insert(slot),
                id => self.slot_of[id as usize] = slot as u32,
            }
            self.next_slot += 1;
        }
    }
}

/// Counts by position, with sums of prefixes in O(log n) (P. M. Fenwick, 1994).
struct Fenwick {
    sums: Vec<u32>,
}

impl Fenwick {
    fn new(positions: usize) -> Self {
        Self { sums: vec![0; positions + 1] }
    }

    fn add(&mut self, position: usize, change: i32) {
        let mut index = position + 1;
        while index < self.sums.len() {
            self.sums[index] = self.sums[index].wrapping_add_signed(change);
            index += index & index.wrapping_neg();
        }
    }

    /// The sum before a position.
    fn below(&self, position: usize) -> usize {
        let (mut index, mut sum) = (position, 0);
        while index > 0 {
            sum += self.sums[index] as usize;
            index &= index - 1;
        }
        sum
    }
}
