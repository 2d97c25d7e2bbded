//! A word for each of the keys that a cache holds, in a table of fixed size and without a lock.
//!
//! Values have no room for what a layer wants to remember of an entry, and a map beside the cache
//! would outgrow it, since nobody tells a layer what was evicted. So the table forgets: where more
//! keys meet than a bucket holds, the lowest word goes. Whoever asks must know what to do with an
//! entry of which nothing is remembered.

use crate::sync::{AtomicU64, Ordering};

use bakeoff_strategy::{Capacity, Key};

/// Slots that a key may lie in: a cache line of 64 bytes.
const WAYS: usize = 4;
/// Slots for each entry that the cache may hold: on average a bucket is half a quarter full, and
/// one in several thousand overflows.
const ROOM: usize = 8;
/// Entries that a cache without a limit in entries is taken to hold.
const UNTOLD: u64 = 1 << 17;

/// A lossy map from keys to words.
///
/// A slot holds the word, and the key folded into it by exclusive or: a slot that two writers tore
/// belongs to neither of their keys, and is empty to everybody (R. Hyatt and T. Mann, "A lock-less
/// transposition table implementation for parallel search", ICGA Journal 25(1), 2002).
#[derive(Debug)]
pub struct Deadlines {
    buckets: Box<[[Slot; WAYS]]>,
}

#[derive(Debug)]
struct Slot {
    folded: AtomicU64,
    word: AtomicU64,
}

impl Slot {
    fn empty() -> Self {
        Self { folded: AtomicU64::new(0), word: AtomicU64::new(0) }
    }

    #[inline]
    fn of(&self, key: Key) -> Option<u64> {
        let word = self.word.load(Ordering::Relaxed);
        (word != 0 && self.folded.load(Ordering::Relaxed) ^ word == key.0).then_some(word)
    }

    fn fill(&self, key: Key, word: u64) {
        self.folded.store(key.0 ^ word, Ordering::Relaxed);
        self.word.store(word, Ordering::Relaxed);
    }
}

impl Deadlines {
    /// A table for what a cache of that capacity holds.
    #[must_use]
    pub fn for_capacity(capacity: Capacity) -> Self {
        let entries = capacity.entries().unwrap_or(UNTOLD).clamp(64, 1 << 26) as usize;
        Self::with_buckets((entries * ROOM / WAYS).next_power_of_two())
    }

    /// A table of `buckets` buckets, a power of two.
    #[must_use]
    pub fn with_buckets(buckets: usize) -> Self {
        let bucket = || std::array::from_fn(|_| Slot::empty());
        Self { buckets: (0..buckets.next_power_of_two()).map(|_| bucket()).collect() }
    }

    #[inline]
    fn bucket(&self, key: Key) -> &[Slot; WAYS] {
        // The upper half of the product: keys that differ anywhere differ there.
        let spread = key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        &self.buckets[spread as usize & (self.buckets.len() - 1)]
    }

    /// What is remembered of a key.
    #[inline]
    #[must_use]
    pub fn get(&self, key: Key) -> Option<u64> {
        self.bucket(key).iter().find_map(|slot| slot.of(key))
    }

    /// Remembers a word of a key; a word of 0 is none.
    pub fn set(&self, key: Key, word: u64) {
        let bucket = self.bucket(key);
        let own = bucket.iter().find(|slot| slot.of(key).is_some());
        let lowest = || bucket.iter().min_by_key(|slot| slot.word.load(Ordering::Relaxed));
        if let Some(slot) = own.or_else(lowest) {
            slot.fill(key, word);
        }
    }

    /// Forgets a key.
    pub fn forget(&self, key: Key) {
        for slot in self.bucket(key).iter().filter(|slot| slot.of(key).is_some()) {
            slot.word.store(0, Ordering::Relaxed);
        }
    }

    /// Forgets all keys.
    pub fn clear(&self) {
        for slot in self.buckets.iter().flatten() {
            slot.word.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_remembered_and_nothing_is_made_up() {
        let table = Deadlines::for_capacity(Capacity::Entries(10_000));
        let kept = |id: u64| table.get(Key::from_id(id));
        for id in 0..10_000 {
            table.set(Key::from_id(id), id + 1);
        }
        let known = (0..10_000).filter(|&id| kept(id) == Some(id + 1)).count();
        assert!(known > 9_980, "{known} of 10,000");
        assert!((0..10_000).all(|id| kept(id).is_none_or(|word| word == id + 1)));
        assert!((10_000..30_000).all(|id| kept(id).is_none()));
        table.set(Key::from_id(7), 70);
        assert_eq!(kept(7), Some(70));
        table.forget(Key::from_id(7));
        assert_eq!(kept(7), None);
        table.clear();
        assert!((0..10_000).all(|id| kept(id).is_none()));
    }

    #[test]
    fn a_full_bucket_lets_the_lowest_word_go() {
        let table = Deadlines::with_buckets(1);
        for (key, word) in [(1, 50), (2, 20), (3, 30), (4, 40), (5, 60)] {
            table.set(Key(key), word);
        }
        let kept = [1, 2, 3, 4, 5].map(|key| table.get(Key(key)));
        assert_eq!(kept, [Some(50), None, Some(30), Some(40), Some(60)]);
    }
}
