//! Writes that the origin does not have yet: bounded, in order, one a key.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{Key, Loaded, OriginError, PutOptions, Value};

use crate::stripes::Stripes;
use crate::sync::Ordering;

/// One pending write.
#[derive(Clone, Debug)]
struct Pending {
    value: Value,
    /// How the cache keeps it.
    options: PutOptions,
    /// When the first of the writes that it stands for came.
    since: Duration,
    /// How often the origin has refused it.
    attempts: u32,
    /// Whether it is being stored right now.
    under_way: bool,
}

/// What became of a write that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It waits.
    Waits,
    /// A newer value of the same key waits already: two writers may come in the other order than
    /// their versions.
    IsOlder,
    /// There is no room for it.
    NoRoom(Value),
}

/// What became of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// The origin has it, and there is nothing newer.
    Done,
    /// A newer value of the same key waits, or it is to be tried again.
    Waits,
    /// It was refused too often, and is given up.
    GivenUp,
}

/// Pending writes.
#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    retries: u32,
    pending: HashMap<Key, Pending>,
    /// Keys in the order in which they first waited; each of `pending` once.
    order: VecDeque<Key>,
    /// How many of the keys share each word, for those who look without the lock.
    counts: Arc<Stripes>,
    /// The last error of a write that was given up, and how many there were since it was told.
    given_up: Option<(OriginError, u64)>,
}

impl Queue {
    pub(super) fn new(limit: usize, retries: u32, counts: Arc<Stripes>) -> Self {
        let (pending, order) = (HashMap::new(), VecDeque::new());
        Self { limit: limit.max(1), retries, pending, order, counts, given_up: None }
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn holds(&self, key: Key) -> bool {
        self.pending.contains_key(&key)
    }

    /// The newest value of a key that the origin does not have yet.
    pub(super) fn newest(&self, key: Key) -> Option<Loaded> {
        let pending = self.pending.get(&key)?;
        Some(Loaded { value: pending.value.clone(), options: pending.options })
    }

    /// Takes a write in, in place of an older one of the same key.
    pub(super) fn push(&mut self, value: Value, options: PutOptions, now: Duration) -> Pushed {
        if let Some(pending) = self.pending.get_mut(&value.key) {
            if value.version < pending.value.version {
                return Pushed::IsOlder;
            }
            (pending.value, pending.options) = (value, options);
            pending.attempts = 0;
            return Pushed::Waits;
        }
        if self.pending.len() >= self.limit {
            return Pushed::NoRoom(value);
        }
        self.order.push_back(value.key);
        self.counts.of(value.key).fetch_add(1, Ordering::Release);
        let pending = Pending { since: now, attempts: 0, under_way: false, value, options };
        self.pending.insert(pending.value.key, pending);
        Pushed::Waits
    }

    /// When the oldest write that is not being stored came.
    pub(super) fn oldest(&self) -> Option<Duration> {
        let waiting = |key: &&Key| self.pending.get(key).is_some_and(|write| !write.under_way);
        let first = self.order.iter().find(waiting)?;
        self.pending.get(first).map(|write| write.since)
    }

    /// The oldest `most` writes, which are being stored from now on.
    pub(super) fn batch(&mut self, most: usize) -> Vec<Value> {
        let mut batch = Vec::new();
        for key in &self.order {
            if batch.len() == most {
                break;
            }
            if let Some(pending) = self.pending.get_mut(key)
                && !pending.under_way
            {
                pending.under_way = true;
                batch.push(pending.value.clone());
            }
        }
        batch
    }

    /// A write of `version` of a key was stored, or refused.
    pub(super) fn stored(
        &mut self,
        key: Key,
        version: u64,
        outcome: Result<(), OriginError>,
    ) -> Stored {
        let Some(pending) = self.pending.get_mut(&key) else { return Stored::Done };
        pending.under_way = false;
        match outcome {
            Ok(()) if pending.value.version > version => return Stored::Waits,
            Ok(()) => {}
            Err(error) => {
                pending.attempts += 1;
                if pending.attempts <= self.retries {
                    return Stored::Waits;
                }
                let lost = self.given_up.take().map_or(0, |(_, lost)| lost) + 1;
                self.given_up = Some((error, lost));
                self.drop_key(key);
                return Stored::GivenUp;
            }
        }
        self.drop_key(key);
        Stored::Done
    }

    /// What was given up since it was last asked.
    pub(super) fn take_given_up(&mut self) -> Option<(OriginError, u64)> {
        self.given_up.take()
    }

    fn drop_key(&mut self, key: Key) {
        if self.pending.remove(&key).is_some() {
            self.counts.of(key).fetch_sub(1, Ordering::Release);
        }
        if let Some(place) = self.order.iter().position(|other| *other == key) {
            self.order.remove(place);
        }
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn value(key: u64, version: u64) -> Value {
        Value { key: Key(key), version, body: Bytes::new() }
    }

    fn down() -> Result<(), OriginError> {
        Err(OriginError(String::from("down")))
    }

    fn open(limit: usize, retries: u32) -> Queue {
        Queue::new(limit, retries, Arc::default())
    }

    #[test]
    fn a_newer_write_takes_the_place_of_an_older_one() {
        let mut queue = open(2, 0);
        let now = Duration::from_secs(1);
        let mut push =
            |key, version, now| queue.push(value(key, version), PutOptions::default(), now);
        assert_eq!(push(1, 1, now), Pushed::Waits);
        assert_eq!(push(2, 1, now * 2), Pushed::Waits);
        assert_eq!(push(3, 1, now), Pushed::NoRoom(value(3, 1)));
        assert_eq!(push(1, 2, now * 3), Pushed::Waits, "a key that waits takes no more room");
        assert_eq!(push(1, 1, now * 4), Pushed::IsOlder);
        assert_eq!(queue.oldest(), Some(now));
        let batch = queue.batch(9);
        assert_eq!(
            batch.iter().map(|v| (v.key.0, v.version)).collect::<Vec<_>>(),
            [(1, 2), (2, 1)]
        );
        assert!(queue.batch(9).is_empty() && queue.oldest().is_none(), "all are under way");
        assert_eq!(queue.push(value(1, 3), PutOptions::default(), now), Pushed::Waits);
        assert_eq!(queue.stored(Key(1), 2, Ok(())), Stored::Waits);
        assert_eq!(queue.stored(Key(2), 1, Ok(())), Stored::Done);
        assert_eq!(queue.newest(Key(1)).map(|loaded| loaded.value.version), Some(3));
        assert!(!queue.holds(Key(2)) && queue.len() == 1);
    }

    #[test]
    fn what_is_refused_too_often_is_told_once() {
        let mut queue = open(9, 1);
        let pushed = queue.push(value(1, 1), PutOptions::default(), Duration::ZERO);
        assert_eq!(pushed, Pushed::Waits);
        assert_eq!(queue.batch(1).len(), 1);
        assert_eq!(queue.stored(Key(1), 1, down()), Stored::Waits);
        assert_eq!(queue.take_given_up(), None);
        assert_eq!(queue.batch(1).len(), 1);
        assert_eq!(queue.stored(Key(1), 1, down()), Stored::GivenUp);
        assert_eq!(queue.take_given_up().map(|(_, lost)| lost), Some(1));
        assert_eq!(queue.take_given_up(), None);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn whoever_looks_without_the_lock_sees_what_waits() {
        let counts = Arc::<Stripes>::default();
        let mut queue = Queue::new(9, 0, Arc::clone(&counts));
        let count = |key| counts.of(Key(key)).load(Ordering::Acquire);
        for version in 1..4 {
            queue.push(value(1, version), PutOptions::default(), Duration::ZERO);
        }
        assert_eq!((count(1), count(2)), (1, 0));
        assert_eq!(queue.stored(Key(1), 3, Ok(())), Stored::Done);
        assert_eq!(queue.stored(Key(1), 3, Ok(())), Stored::Done, "it is gone already");
        assert_eq!(count(1), 0);
    }
}
