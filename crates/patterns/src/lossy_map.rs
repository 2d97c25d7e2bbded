//! Lock-free map of fixed size that stores a 64-bit word per key, and may lose entries.
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

/// Word of a slot whose key is being replaced.
const BUSY: u64 = u64::MAX - 1;

/// Lossy map from keys to words other than 0 and `u64::MAX - 1`. When a bucket is full, its lowest
/// word is replaced.
///
/// Replacing the word stored for a key is one atomic operation, so concurrent readers of a key
/// never lose it. A slot whose key is being replaced is busy: readers count it as empty.
#[derive(Debug)]
pub struct LossyMap {
    buckets: Box<[[Slot; WAYS]]>,
}

#[derive(Debug)]
struct Slot {
    key: AtomicU64,
    /// Word stored for the key; 0 if the slot is empty.
    word: AtomicU64,
}

impl Slot {
    fn empty() -> Self {
        Self { key: AtomicU64::new(0), word: AtomicU64::new(0) }
    }

    #[inline]
    fn get(&self, key: Key) -> Option<u64> {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            if matches!(word, 0 | BUSY) || self.key.load(Ordering::Acquire) != key.0 {
                return None;
            }
            // The same word before and after: it belongs to the key read in between.
            let after = self.word.load(Ordering::Acquire);
            if after == word {
                return Some(word);
            }
            word = after;
        }
    }

    /// Replaces the word stored for a key; returns false if the slot does not hold the key.
    fn update(&self, key: Key, word: u64) -> bool {
        while let Some(known) = self.get(key) {
            if self.swap_word(known, word) {
                return true;
            }
        }
        false
    }

    /// Replaces the key and the word; returns false if another thread changed the slot meanwhile.
    fn replace(&self, key: Key, word: u64) -> bool {
        let known = self.word.load(Ordering::Acquire);
        if known == BUSY || !self.swap_word(known, BUSY) {
            return false;
        }
        self.key.store(key.0, Ordering::Release);
        self.word.store(word, Ordering::Release);
        true
    }

    fn swap_word(&self, from: u64, to: u64) -> bool {
        self.word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Empties the slot, unless its key is being replaced.
    fn clear(&self) {
        let known = self.word.load(Ordering::Relaxed);
        if known != BUSY {
            // If it fails, another thread put a word at the same time.
            self.swap_word(known, 0);
        }
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

    /// Returns the word stored for a key, unless it was lost.
    #[inline]
    #[must_use]
    pub fn get(&self, key: Key) -> Option<u64> {
        self.bucket(key).iter().find_map(|slot| slot.get(key))
    }

    /// Stores a word for a key; 0 removes the key.
    ///
    /// If other threads keep replacing the keys of the same bucket, the word may be lost.
    pub fn set(&self, key: Key, word: u64) {
        if word == 0 {
            return self.remove(key);
        }
        let bucket = self.bucket(key);
        if bucket.iter().any(|slot| slot.update(key, word)) {
            return;
        }
        for _ in 0..WAYS {
            let lowest = bucket.iter().min_by_key(|slot| slot.word.load(Ordering::Relaxed));
            if lowest.is_some_and(|slot| slot.replace(key, word)) {
                return;
            }
        }
    }

    /// Removes a key.
    pub fn remove(&self, key: Key) {
        for slot in self.bucket(key) {
            slot.update(key, 0);
        }
    }

    /// Removes all keys.
    pub fn clear(&self) {
        for slot in self.buckets.iter().flatten() {
            slot.clear();
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
    fn readers_never_miss_a_key_whose_word_changes() {
        let map = LossyMap::with_buckets(1);
        map.set(Key(7), 1);
        std::thread::scope(|scope| {
            for first in [1, 2] {
                let map = &map;
                scope.spawn(move || {
                    for word in first..50_000 {
                        map.set(Key(7), word);
                        assert!(map.get(Key(7)).is_some());
                    }
                });
            }
        });
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
