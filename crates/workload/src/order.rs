//! A set of places that can say how many lie below one, and which one is the n-th.
//!
//! Bits in blocks of 512 (a cache line), and a Fenwick tree over the counts of the blocks
//! (P. M. Fenwick, 1994): a twentieth of the memory of a tree over single places, and few enough
//! counts to stay in the processor's cache.

const WORDS: usize = 8;
const BLOCK: usize = 64 * WORDS;

/// A set of numbers below a limit.
#[derive(Debug)]
pub(crate) struct Places {
    bits: Vec<[u64; WORDS]>,
    /// Sums of counts, from 1, as Fenwick has them.
    sums: Vec<u32>,
    count: usize,
}

impl Places {
    /// An empty set of numbers below `limit`.
    pub(crate) fn below(limit: usize) -> Self {
        let blocks = limit.div_ceil(BLOCK).max(1);
        Self { bits: vec![[0; WORDS]; blocks], sums: vec![0; blocks + 1], count: 0 }
    }

    /// The first numbers, up to `count`, are in; the others are not.
    pub(crate) fn fill(&mut self, count: usize) {
        for (block, bits) in self.bits.iter_mut().enumerate() {
            for (word, bits) in bits.iter_mut().enumerate() {
                let first = block * BLOCK + word * 64;
                *bits = match count.saturating_sub(first) {
                    0 => 0,
                    64.. => u64::MAX,
                    some => (1 << some) - 1,
                };
            }
        }
        // A node's sum goes to its parent once its own is whole.
        self.sums.fill(0);
        for block in 0..self.bits.len() {
            let index = block + 1;
            self.sums[index] += self.bits[block].iter().map(|word| word.count_ones()).sum::<u32>();
            let parent = index + (index & index.wrapping_neg());
            if parent < self.sums.len() {
                self.sums[parent] += self.sums[index];
            }
        }
        self.count = count;
    }

    /// How many are in.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Puts one in that is not.
    #[inline]
    pub(crate) fn insert(&mut self, place: usize) {
        self.bits[place / BLOCK][place % BLOCK / 64] |= 1 << (place % 64);
        self.add(place / BLOCK, 1);
        self.count += 1;
    }

    /// Takes one out that is in.
    #[inline]
    pub(crate) fn remove(&mut self, place: usize) {
        self.bits[place / BLOCK][place % BLOCK / 64] &= !(1 << (place % 64));
        self.add(place / BLOCK, u32::MAX);
        self.count -= 1;
    }

    /// Whether one is in.
    #[inline]
    pub(crate) fn contains(&self, place: usize) -> bool {
        self.bits[place / BLOCK][place % BLOCK / 64] >> (place % 64) & 1 == 1
    }

    #[inline]
    fn add(&mut self, block: usize, change: u32) {
        let mut index = block + 1;
        while index < self.sums.len() {
            self.sums[index] = self.sums[index].wrapping_add(change);
            index += index & index.wrapping_neg();
        }
    }

    /// How many lie below one.
    #[inline]
    pub(crate) fn below_count(&self, place: usize) -> usize {
        let (mut index, mut sum) = (place / BLOCK, 0);
        let (word, bit) = (place % BLOCK / 64, place % 64);
        for (at, bits) in self.bits[index].iter().enumerate() {
            let mask = if at < word {
                u64::MAX
            } else if at == word {
                (1 << bit) - 1
            } else {
                0
            };
            sum += (bits & mask).count_ones() as usize;
        }
        while index > 0 {
            sum += self.sums[index] as usize;
            index &= index - 1;
        }
        sum
    }

    /// The one that has `rank` others below it.
    ///
    /// # Panics
    /// If there are not as many.
    pub(crate) fn select(&self, rank: usize) -> usize {
        let (mut block, mut left) = (0, rank);
        let mut step = (self.sums.len() - 1).next_power_of_two();
        while step > 0 {
            if let Some(&sum) = self.sums.get(block + step)
                && sum as usize <= left
            {
                block += step;
                left -= sum as usize;
            }
            step /= 2;
        }
        for (word, &bits) in self.bits[block].iter().enumerate() {
            let ones = bits.count_ones() as usize;
            if left < ones {
                let mut bits = bits;
                for _ in 0..left {
                    bits &= bits - 1;
                }
                return block * BLOCK + word * 64 + bits.trailing_zeros() as usize;
            }
            left -= ones;
        }
        unreachable!("fewer places than asked for")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_agrees_with_an_ordered_set() {
        let (mut places, mut model) = (Places::below(3_000), BTreeSet::new());
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let place = (state >> 33) as usize % 3_000;
            if model.insert(place) {
                places.insert(place);
            } else {
                model.remove(&place);
                places.remove(place);
            }
            assert_eq!(places.contains(place), model.contains(&place));
            let probe = (state >> 40) as usize % 3_000;
            let rank = model.range(..probe).count();
            assert_eq!(places.below_count(probe), rank);
            if let Some(&expected) = model.iter().nth(rank) {
                assert_eq!(places.select(rank), expected);
            }
        }
        for count in [0, 1, 63, 64, 511, 512, 513, 3_000] {
            places.fill(count);
            assert_eq!((places.count(), places.below_count(2_999)), (count, count.min(2_999)));
            assert!((0..count).all(|place| places.select(place) == place));
        }
    }
}
