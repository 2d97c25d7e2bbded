//! Hash table from numbers to ids with 8 bytes per slot.
//!
//! Growing frees the old table and rebuilds a new one from the list of numbers, so that two tables
//! are never in memory at the same time.

use std::hash::BuildHasher;

use bakeoff_compiled::prefetch;
use foldhash::fast::RandomState;

/// Initial number of slots; a power of two.
const INITIAL_SLOTS: usize = 1 << 10;
/// Mask of the upper half of a slot, which holds the upper half of the number's hash.
const TAG: u64 = 0xffff_ffff_0000_0000;

/// Numbers in the order of their first appearance, with a hash index.
#[derive(Debug)]
pub(crate) struct NumberTable {
    numbers: Vec<u64>,
    /// Upper half: hash tag; lower half: id + 1. An empty slot is 0; the load is at most 3/4.
    slots: Vec<u64>,
    hasher: RandomState,
}

impl NumberTable {
    pub(super) fn new() -> Self {
        Self { numbers: Vec::new(), slots: vec![0; INITIAL_SLOTS], hasher: RandomState::default() }
    }

    /// Returns the numbers in the order of their ids.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Hashes a number and prefetches its slot.
    #[inline]
    pub(super) fn prefetch_slot(&self, number: u64) -> u64 {
        let hash = self.hasher.hash_one(number);
        prefetch(&self.slots, hash as usize & (self.slots.len() - 1));
        hash
    }

    /// Prefetches the number that the slot of `hash` refers to, for the comparison in [`Self::id`].
    #[inline]
    pub(super) fn prefetch_key(&self, hash: u64) {
        let slot = self.slots[hash as usize & (self.slots.len() - 1)];
        prefetch(&self.numbers, (slot as u32).wrapping_sub(1) as usize);
    }

    /// Returns the id of a number; a new number gets the next id, up to 2^32 − 2.
    ///
    /// `hash` is the result of [`Self::prefetch_slot`] for this number.
    #[inline]
    pub(super) fn id(&mut self, number: u64, hash: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let slot = self.slots[index];
            if slot == 0 {
                return self.add(number, hash, index);
            }
            let id = slot as u32 - 1;
            if (slot ^ hash) & TAG == 0 && self.numbers[id as usize] == number {
                return id;
            }
            index = (index + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, number: u64, hash: u64, index: usize) -> u32 {
        let id = self.numbers.len() as u32;
        self.numbers.push(number);
        self.slots[index] = hash & TAG | u64::from(id + 1);
        if self.numbers.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let slots = 2 * self.slots.len();
        // Frees the old table before allocating the new one.
        self.slots = Vec::new();
        self.slots = vec![0; slots];
        for (id, &number) in (1_u64..).zip(&self.numbers) {
            let hash = self.hasher.hash_one(number);
            let mut index = hash as usize & (slots - 1);
            while self.slots[index] != 0 {
                index = (index + 1) & (slots - 1);
            }
            self.slots[index] = hash & TAG | id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_many_rebuilds() {
        let mut numbers = NumberTable::new();
        let key = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (index % 3 * 20);
        let mut first = std::collections::HashMap::new();
        for index in (0..50_000).chain(0..50_000) {
            let next = first.len() as u32;
            let expected = *first.entry(key(index)).or_insert(next);
            let hash = numbers.prefetch_slot(key(index));
            numbers.prefetch_key(hash);
            assert_eq!(numbers.id(key(index), hash), expected);
        }
        assert_eq!(numbers.numbers().len(), first.len());
    }
}
