//! Hash table from numbers to ids.

use std::hash::BuildHasher;

use bakeoff_compiled::prefetch;
use foldhash::fast::RandomState;

use super::slots::Slots;

/// Numbers in the order of their first appearance, with a hash index.
#[derive(Debug)]
pub(crate) struct NumberTable {
    numbers: Vec<u64>,
    slots: Slots,
    hasher: RandomState,
}

impl NumberTable {
    pub(super) fn new() -> Self {
        Self { numbers: Vec::new(), slots: Slots::new(), hasher: RandomState::default() }
    }

    /// Returns the numbers in the order of their ids.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Hashes a number and prefetches its slot.
    #[inline]
    pub(super) fn prefetch_slot(&self, number: u64) -> u64 {
        let hash = self.hasher.hash_one(number);
        self.slots.prefetch(hash);
        hash
    }

    /// Prefetches the number that the slot of `hash` refers to, for the comparison in [`Self::id`].
    #[inline]
    pub(super) fn prefetch_key(&self, hash: u64) {
        prefetch(&self.numbers, self.slots.first_id(hash) as usize);
    }

    /// Returns the id of a number; a new number gets the next id, up to 2^32 − 2.
    ///
    /// `hash` is the result of [`Self::prefetch_slot`] for this number.
    #[inline]
    pub(super) fn id(&mut self, number: u64, hash: u64) -> u32 {
        match self.slots.find(hash, |id| self.numbers[id as usize] == number) {
            Ok(id) => id,
            Err(slot) => self.add(number, hash, slot),
        }
    }

    #[cold]
    fn add(&mut self, number: u64, hash: u64, slot: usize) -> u32 {
        let id = self.numbers.len() as u32;
        self.numbers.push(number);
        self.slots.store(slot, hash, id);
        if self.slots.are_full(self.numbers.len()) {
            let hasher = &self.hasher;
            self.slots.grow(self.numbers.iter().map(|number| hasher.hash_one(number)));
        }
        id
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
