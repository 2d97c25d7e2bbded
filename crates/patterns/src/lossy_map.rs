//! Lock-free map of fixed size from keys to 64-bit words, which may lose entries.
//!
//! Layers store facts about cached entries here, such as deadlines. An exact map would grow beyond
//! the cache, because a layer does not learn which entries the cache evicts. Every user must
//! therefore handle a missing word.

use bakeoff_strategy::{Capacity, Key};

use crate::atomics::{AtomicU64, Ordering};

/// Slots per bucket: one cache line of 64 bytes.
const WAYS: usize = 4;
/// Slots per entry of the cache. An average bucket is one eighth full; about one in several
/// thousand overflows.
const SLOTS_PER_ENTRY: usize = 8;
/// Assumed number of entries of a cache whose capacity is not in entries.
const DEFAULT_ENTRIES: u64 = 1 << 17;

/// Lossy map from keys to nonzero words. When a bucket is full, its lowest word is replaced.
///
/// A slot holds the word, and the exclusive or of key and word. A slot that two concurrent writers
/// have mixed up matches neither key and counts as empty (R. Hyatt and T. Mann, "A lock-less
/// transposition table implementation for parallel search", ICGA Journal 25(1), 2002).
#[derive(Debug)]
pub struct LossyMap {
    buckets: Box<[[Slot; WAYS]]>,
}

#[derive(Debug)]
struct Slot {
    key_xor_word: AtomicU64,
    word: AtomicU64,
}

impl Slot {
    fn empty() -> Self {
        Self { key_xor_word: AtomicU64::new(0), word: AtomicU64::new(0) }
    }

    #[inline]
    fn get(&self, key: Key) -> Option<u64> {
        let word = self.word.load(Ordering::Relaxed);
        (word != 0 && self.key_xor_word.load(Ordering::Relaxed) ^ word == key.0).then_some(word)
    }

    fn set(&self, key: Key, word: u64) {
        self.key_xor_word.store(key.0 ^ word, Ordering::Relaxed);
        self.word.store(word, Ordering::Relaxed);
    }
}

impl LossyMap {
    /// Creates a map for the entries of a cache with the given capacity.
    #[must_use]
    pub fn for_capacity(capacity: Capacity) -> Self {
        let entries = capacity.entries().unwrap_or(DEFAULT_ENTRIES).clamp(64, 1 << 26) as usize;
        Self::with_buckets((entries * SLOTS_PER_ENTRY / WAYS).next_power_of_two())
    }

    /// Creates a map with the given number of buckets, rounded up to a power of two.
    #[must_use]
    pub fn with_buckets(buckets: usize) -> Self {
        let bucket = || std::array::from_fn(|_| Slot::empty());
        Self { buckets: (0..buckets.next_power_of_two()).map(|_| bucket()).collect() }
    }

    #[inline]
    fn bucket(&self, key: Key) -> &[Slot; WAYS] {
        // The upper half of the product depends on all bits of the key.
        let hash = key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        &self.buckets[hash as usize & (self.buckets.len() - 1)]
    }

    /// Returns the word of a key, unless it was lost.
    #[inline]
    #[must_use]
    pub fn get(&self, key: Key) -> Option<u64> {
        self.bucket(key).iter().find_map(|slot| slot.get(key))
    }

    /// Sets the word of a key; 0 removes it.
    pub fn set(&self, key: Key, word: u64) {
        let bucket = self.bucket(key);
        let own = bucket.iter().find(|slot| slot.get(key).is_some());
        let lowest = || bucket.iter().min_by_key(|slot| slot.word.load(Ordering::Relaxed));
        if let Some(slot) = own.or_else(lowest) {
            slot.set(key, word);
        }
    }

    /// Removes a key.
    pub fn remove(&self, key: Key) {
        for slot in self.bucket(key).iter().filter(|slot| slot.get(key).is_some()) {
            slot.word.store(0, Ordering::Relaxed);
        }
    }

    /// Removes all keys.
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
    fn almost_all_words_within_the_capacity_are_kept_and_none_is_wrong() {
        let map = LossyMap::for_capacity(Capacity::Entries(10_000));
        let kept = |id: u64| map.get(Key::from_id(id));
        for id in 0..10_000 {
            map.set(Key::from_id(id), id + 1);
        }
        let known = (0..10_000).filter(|&id| kept(id) == Some(id + 1)).count();
        assert!(known > 9_980, "{known} of 10,000");
        assert!((0..10_000).all(|id| kept(id).is_none_or(|word| word == id + 1)));
        assert!((10_000..30_000).all(|id| kept(id).is_none()));
        map.set(Key::from_id(7), 70);
        assert_eq!(kept(7), Some(70));
        map.remove(Key::from_id(7));
        assert_eq!(kept(7), None);
        map.clear();
        assert!((0..10_000).all(|id| kept(id).is_none()));
    }

    #[test]
    fn a_full_bucket_replaces_its_lowest_word() {
        let map = LossyMap::with_buckets(1);
        for (key, word) in [(1, 50), (2, 20), (3, 30), (4, 40), (5, 60)] {
            map.set(Key(key), word);
        }
        let kept = [1, 2, 3, 4, 5].map(|key| map.get(Key(key)));
        assert_eq!(kept, [Some(50), None, Some(30), Some(40), Some(60)]);
    }
}
