//! Checks every interleaving of a few threads on the lock-free tables, with the model checker loom.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "it fails by panicking")]

use bakeoff_patterns::{LossyMap, WriteTracker};
use bakeoff_strategy::Key;
use loom::sync::Arc;
use loom::thread;

/// Two writers of different keys use the same bucket; a reader never gets another key's word.
#[test]
fn a_reader_never_gets_the_word_of_another_key() {
    loom::model(|| {
        let map = Arc::new(LossyMap::with_buckets(1));
        let writers = [(1, 11), (2, 22)].map(|(key, word)| {
            let map = Arc::clone(&map);
            thread::spawn(move || map.set(Key(key), word))
        });
        for (key, word) in [(1, 11), (2, 22)] {
            assert!(map.get(Key(key)).is_none_or(|seen| seen == word));
        }
        for writer in writers {
            writer.join().expect("no writer panics");
        }
        for (key, word) in [(1, 11), (2, 22)] {
            assert!(map.get(Key(key)).is_none_or(|seen| seen == word));
        }
    });
}

/// Two threads change the word of the same key; a reader never misses it.
#[test]
fn a_key_whose_word_changes_is_never_missed() {
    loom::model(|| {
        let map = Arc::new(LossyMap::with_buckets(1));
        map.set(Key(1), 10);
        let writers = [11, 12].map(|word| {
            let map = Arc::clone(&map);
            thread::spawn(move || map.set(Key(1), word))
        });
        assert!(map.get(Key(1)).is_some_and(|seen| (10..=12).contains(&seen)));
        for writer in writers {
            writer.join().expect("no writer panics");
        }
        assert!(map.get(Key(1)).is_some_and(|seen| seen > 10));
    });
}

/// A loader that keeps its value only if no write overlapped never leaves an old version in the
/// cache: a writer that the loader did not notice puts its value later.
#[test]
fn a_load_that_overlaps_a_write_is_detected() {
    use loom::sync::atomic::{AtomicU64, Ordering};
    loom::model(|| {
        let writes = Arc::new(WriteTracker::with_stripes(1));
        let origin = Arc::new(AtomicU64::new(1));
        let cached = Arc::new(loom::sync::Mutex::new(None));
        let writer = {
            let (writes, origin, cached) =
                (Arc::clone(&writes), Arc::clone(&origin), Arc::clone(&cached));
            thread::spawn(move || {
                let _write = writes.begin(Key(1));
                origin.store(2, Ordering::SeqCst);
                *cached.lock().unwrap() = Some(2);
            })
        };
        let seen = writes.counter_snapshot(Key(1));
        let loaded = origin.load(Ordering::SeqCst);
        *cached.lock().unwrap() = Some(loaded);
        if !writes.unchanged_since(Key(1), seen) {
            *cached.lock().unwrap() = None;
        }
        writer.join().unwrap();
        assert!(cached.lock().unwrap().is_none_or(|version| version == 2));
    });
}

/// Two writers of one key that each put a value, and remove it if their writes overlapped, never
/// leave the older value in the cache.
#[test]
fn overlapping_writes_never_leave_the_older_value() {
    use loom::sync::Mutex;
    loom::model(|| {
        let writes = Arc::new(WriteTracker::with_stripes(1));
        let latest = Arc::new(Mutex::new(0));
        let cached = Arc::new(Mutex::new(None));
        let writers = [(); 2].map(|()| {
            let (writes, latest, cached) =
                (Arc::clone(&writes), Arc::clone(&latest), Arc::clone(&cached));
            thread::spawn(move || {
                let write = writes.begin(Key(1));
                let version = {
                    let mut latest = latest.lock().unwrap();
                    *latest += 1;
                    *latest
                };
                *cached.lock().unwrap() = Some(version);
                if !write.was_exclusive() {
                    *cached.lock().unwrap() = None;
                }
            })
        });
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(cached.lock().unwrap().is_none_or(|version| version == 2));
    });
}
