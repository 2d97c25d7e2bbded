//! Hash index from keys to ids with 8 bytes per slot.
//!
//! Growing frees the old slots and fills new ones from the hashes of all keys, so that two tables
//! are never in memory at the same time.

use bakeoff_compiled::prefetch;

/// Initial number of slots; a power of two.
const INITIAL_SLOTS: usize = 1 << 10;
/// Mask of the upper half of a slot, which holds the upper half of the key's hash.
const TAG_MASK: u64 = 0xffff_ffff_0000_0000;

/// Slots of a hash table with linear probing.
///
/// Upper half: hash tag; lower half: id + 1. An empty slot is 0; the load is at most 3/4.
#[derive(Debug)]
pub(super) struct Slots(Vec<u64>);

impl Slots {
    pub(super) fn new() -> Self {
        Self(vec![0; INITIAL_SLOTS])
    }

    /// Prefetches the first slot of a hash.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        prefetch(&self.0, self.first_index(hash));
    }

    /// Returns the id in the first slot of a hash; `u32::MAX` if the slot is empty.
    #[inline]
    pub(super) fn first_id(&self, hash: u64) -> u32 {
        (self.0[self.first_index(hash)] as u32).wrapping_sub(1)
    }

    /// Finds the id of the key with this hash; `Err` is the slot for a new id.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.0.len() - 1;
        let mut index = self.first_index(hash);
        loop {
            let slot = self.0[index];
            if slot == 0 {
                return Err(index);
            }
            let id = slot as u32 - 1;
            if (slot ^ hash) & TAG_MASK == 0 && is_same(id) {
                return Ok(id);
            }
            index = (index + 1) & mask;
        }
    }

    /// Stores an id, up to 2^32 − 2, in the slot that [`Self::find`] returned.
    #[inline]
    pub(super) fn store(&mut self, slot: usize, hash: u64, id: u32) {
        self.0[slot] = hash & TAG_MASK | u64::from(id + 1);
    }

    /// Returns true if the slots must grow before another key is added to `keys` keys.
    #[inline]
    pub(super) fn are_full(&self, keys: usize) -> bool {
        keys * 4 > self.0.len() * 3
    }

    /// Doubles the slots; `hashes` are those of all keys in the order of their ids.
    pub(super) fn grow(&mut self, hashes: impl Iterator<Item = u64>) {
        let slots = 2 * self.0.len();
        // Frees the old slots before allocating the new ones.
        self.0 = Vec::new();
        self.0 = vec![0; slots];
        for (id, hash) in (0..).zip(hashes) {
            let mut index = self.first_index(hash);
            while self.0[index] != 0 {
                index = (index + 1) & (slots - 1);
            }
            self.store(index, hash, id);
        }
    }

    #[inline]
    fn first_index(&self, hash: u64) -> usize {
        hash as usize & (self.0.len() - 1)
    }
}
