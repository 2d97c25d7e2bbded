//! Every interleaving of a few threads over what layers share without a lock.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "it fails by panicking")]

use bakeoff_patterns::{Changes, Deadlines};
use bakeoff_strategy::Key;
use loom::sync::Arc;
use loom::thread;

/// Two writers of different keys tear a slot; a reader never gets a word that was not its key's.
#[test]
fn a_torn_slot_belongs_to_nobody() {
    loom::model(|| {
        let table = Arc::new(Deadlines::with_buckets(1));
        let writers = [(1, 11), (2, 22)].map(|(key, word)| {
            let table = Arc::clone(&table);
            thread::spawn(move || table.set(Key(key), word))
        });
        for (key, word) in [(1, 11), (2, 22)] {
            assert!(table.get(Key(key)).is_none_or(|seen| seen == word));
        }
        for writer in writers {
            writer.join().expect("no writer panics");
        }
        for (key, word) in [(1, 11), (2, 22)] {
            assert!(table.get(Key(key)).is_none_or(|seen| seen == word));
        }
    });
}

/// A loader that keeps its load only if no change was under way when it began, and none began since,
/// never leaves an old version: a writer that it did not see puts its value after the loader's.
#[test]
fn a_load_that_crosses_a_write_is_noticed() {
    use loom::sync::atomic::{AtomicU64, Ordering};
    loom::model(|| {
        let changes = Arc::new(Changes::with_stripes(1));
        let origin = Arc::new(AtomicU64::new(1));
        let cached = Arc::new(loom::sync::Mutex::new(None));
        let writer = {
            let (changes, origin, cached) =
                (Arc::clone(&changes), Arc::clone(&origin), Arc::clone(&cached));
            thread::spawn(move || {
                let _changing = changes.begin(Key(1));
                origin.store(2, Ordering::SeqCst);
                *cached.lock().unwrap() = Some(2);
            })
        };
        let seen = changes.look(Key(1));
        let loaded = origin.load(Ordering::SeqCst);
        *cached.lock().unwrap() = Some(loaded);
        if !changes.none_since(Key(1), seen) {
            *cached.lock().unwrap() = None;
        }
        writer.join().unwrap();
        assert!(cached.lock().unwrap().is_none_or(|version| version == 2));
    });
}

/// Two writers of one key that each put, and take it back if the other was there at the same time,
/// never leave the value of the one that came first.
#[test]
fn of_two_changes_at_once_neither_stays() {
    use loom::sync::Mutex;
    loom::model(|| {
        let changes = Arc::new(Changes::with_stripes(1));
        let newest = Arc::new(Mutex::new(0));
        let cached = Arc::new(Mutex::new(None));
        let writers = [(); 2].map(|()| {
            let (changes, newest, cached) =
                (Arc::clone(&changes), Arc::clone(&newest), Arc::clone(&cached));
            thread::spawn(move || {
                let changing = changes.begin(Key(1));
                let version = {
                    let mut newest = newest.lock().unwrap();
                    *newest += 1;
                    *newest
                };
                *cached.lock().unwrap() = Some(version);
                if !changing.is_alone() {
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
