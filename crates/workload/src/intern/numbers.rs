//! Ids for numbers: a table with eight bytes a place, which is made anew from the numbers
//! themselves when it grows, so that two never lie in memory at once.

use std::hash::BuildHasher;

use bakeoff_compiled::prefetch;
use foldhash::fast::RandomState;

/// Places of a new table; a power of two.
const FIRST_PLACES: usize = 1 << 10;
/// Upper half of a place: upper half of the number's hash.
const TAG: u64 = 0xffff_ffff_0000_0000;

/// Numbers in the order of their first appearance, and where each is.
#[derive(Debug)]
pub(crate) struct Numbers {
    numbers: Vec<u64>,
    /// Tag, and one more than the id; 0 where nothing is. At most three quarters are taken.
    places: Vec<u64>,
    hasher: RandomState,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { numbers: Vec::new(), places: vec![0; FIRST_PLACES], hasher: RandomState::default() }
    }

    /// The numbers by id.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The hash that the number will be asked for with; its place is on its way from memory.
    #[inline]
    pub(super) fn announce(&self, number: u64) -> u64 {
        let hash = self.hasher.hash_one(number);
        prefetch(&self.places, hash as usize & (self.places.len() - 1));
        hash
    }

    /// Asks for the number that the place of an announced hash names: the second thing that its id
    /// takes from memory.
    #[inline]
    pub(super) fn approach(&self, hash: u64) {
        let place = self.places[hash as usize & (self.places.len() - 1)];
        prefetch(&self.numbers, (place as u32).wrapping_sub(1) as usize);
    }

    /// The id of a number, the next one at its first appearance, by the hash that announcing it
    /// gave. At most 2^32 − 1 numbers.
    #[inline]
    pub(super) fn id(&mut self, number: u64, hash: u64) -> u32 {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let place = self.places[at];
            if place == 0 {
                return self.add(number, hash, at);
            }
            let id = place as u32 - 1;
            if (place ^ hash) & TAG == 0 && self.numbers[id as usize] == number {
                return id;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, number: u64, hash: u64, at: usize) -> u32 {
        let id = self.numbers.len() as u32;
        self.numbers.push(number);
        self.places[at] = hash & TAG | u64::from(id + 1);
        if self.numbers.len() * 4 > self.places.len() * 3 {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let places = 2 * self.places.len();
        // The old table goes before the new one comes.
        self.places = Vec::new();
        self.places = vec![0; places];
        for (id, &number) in (1_u64..).zip(&self.numbers) {
            let hash = self.hasher.hash_one(number);
            let mut at = hash as usize & (places - 1);
            while self.places[at] != 0 {
                at = (at + 1) & (places - 1);
            }
            self.places[at] = hash & TAG | id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_grew_many_times_still_knows_everything() {
        let mut numbers = Numbers::new();
        let key = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (index % 3 * 20);
        let mut first = std::collections::HashMap::new();
        for index in (0..50_000).chain(0..50_000) {
            let next = first.len() as u32;
            let expected = *first.entry(key(index)).or_insert(next);
            let hash = numbers.announce(key(index));
            numbers.approach(hash);
            assert_eq!(numbers.id(key(index), hash), expected);
        }
        assert_eq!(numbers.numbers().len(), first.len());
    }
}
