//! Bitmap with summary levels, which finds its largest member in O(log limit).

/// Set of numbers below a fixed limit, as a tree of 64-bit words.
///
/// Each bit of an upper level is set if the corresponding word of the level below is not zero.
#[derive(Debug)]
pub(super) struct BitSet {
    /// Levels of the tree: first the members, last a single word.
    levels: Vec<Vec<u64>>,
}

impl BitSet {
    /// Creates an empty set for numbers below `limit`.
    pub(super) fn new(limit: usize) -> Self {
        let mut levels = Vec::new();
        let mut words = limit.div_ceil(64).max(1);
        loop {
            levels.push(vec![0; words]);
            if words == 1 {
                return Self { levels };
            }
            words = words.div_ceil(64);
        }
    }

    #[inline]
    pub(super) fn contains(&self, number: usize) -> bool {
        self.levels[0][number / 64] >> (number % 64) & 1 == 1
    }

    #[inline]
    pub(super) fn insert(&mut self, mut number: usize) {
        for level in &mut self.levels {
            let word = &mut level[number / 64];
            let was_empty = *word == 0;
            *word |= 1 << (number % 64);
            if !was_empty {
                return;
            }
            number /= 64;
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, mut number: usize) {
        for level in &mut self.levels {
            let word = &mut level[number / 64];
            *word &= !(1 << (number % 64));
            if *word != 0 {
                return;
            }
            number /= 64;
        }
    }

    /// Returns the largest member.
    #[inline]
    pub(super) fn max(&self) -> Option<usize> {
        let mut number = 0;
        for level in self.levels.iter().rev() {
            let word = level[number];
            if word == 0 {
                return None;
            }
            number = number * 64 + (63 - word.leading_zeros() as usize);
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn results_agree_with_an_ordered_set(
            changes in prop::collection::vec((any::<bool>(), 0_usize..5_000), 0..300),
        ) {
            let (mut set, mut model) = (BitSet::new(5_000), BTreeSet::new());
            for (insert, number) in changes {
                if insert {
                    set.insert(number);
                    model.insert(number);
                } else {
                    set.remove(number);
                    model.remove(&number);
                }
                prop_assert_eq!(set.contains(number), insert);
                prop_assert_eq!(set.max(), model.last().copied());
            }
        }
    }
}
