//! Bounded queue of writes that the origin does not have yet, in order, at most one per key.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{Key, Loaded, OriginError, PutOptions, Value};

use crate::atomics::Ordering;
use crate::version_counters::StripedCounters;

/// A queued write.
#[derive(Clone, Debug)]
struct QueuedWrite {
    value: Value,
    /// Options for caching the value.
    options: PutOptions,
    /// Clock time of the first write of the key since the last store.
    since: Duration,
    /// Number of failed stores.
    failures: u32,
    /// True while the origin stores this write.
    in_progress: bool,
}

/// Result of adding a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PushOutcome {
    Queued,
    /// A newer value of the key is queued already: concurrent writers may arrive in any order.
    Outdated,
    /// The queue is full; returns the value.
    QueueFull(Value),
}

/// State of a key after a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreOutcome {
    /// The origin has the latest value.
    Done,
    /// A newer value of the key is queued, or the store must be retried.
    StillQueued,
    /// The store failed too often; the write is lost.
    GivenUp,
}

/// Queue of writes, with its limit and the losses since the last report.
#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    retries: u32,
    writes: HashMap<Key, QueuedWrite>,
    /// Keys of `writes`, oldest write first.
    order: VecDeque<Key>,
    /// Number of queued keys per counter; readers check it without the lock of the queue.
    counts: Arc<StripedCounters>,
    /// Last error and number of the writes given up since [`take_given_up`](Self::take_given_up).
    given_up: Option<(OriginError, u64)>,
}

impl Queue {
    pub(super) fn new(limit: usize, retries: u32, counts: Arc<StripedCounters>) -> Self {
        let (writes, order) = (HashMap::new(), VecDeque::new());
        Self { limit: limit.max(1), retries, writes, order, counts, given_up: None }
    }

    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.writes.contains_key(&key)
    }

    /// Returns the queued value of a key.
    pub(super) fn latest(&self, key: Key) -> Option<Loaded> {
        let write = self.writes.get(&key)?;
        Some(Loaded { value: write.value.clone(), options: write.options })
    }

    /// Adds a write; replaces an older one of the same key.
    pub(super) fn push(&mut self, value: Value, options: PutOptions, now: Duration) -> PushOutcome {
        if let Some(write) = self.writes.get_mut(&value.key) {
            if value.version < write.value.version {
                return PushOutcome::Outdated;
            }
            (write.value, write.options) = (value, options);
            write.failures = 0;
            return PushOutcome::Queued;
        }
        if self.writes.len() >= self.limit {
            return PushOutcome::QueueFull(value);
        }
        self.order.push_back(value.key);
        self.counts.get(value.key).fetch_add(1, Ordering::Release);
        let write = QueuedWrite { since: now, failures: 0, in_progress: false, value, options };
        self.writes.insert(write.value.key, write);
        PushOutcome::Queued
    }

    /// Returns the clock time of the oldest write that is not being stored.
    pub(super) fn oldest(&self) -> Option<Duration> {
        let waiting = |key: &&Key| self.writes.get(key).is_some_and(|write| !write.in_progress);
        let first = self.order.iter().find(waiting)?;
        self.writes.get(first).map(|write| write.since)
    }

    /// Returns up to `max` of the oldest writes and marks them as in progress.
    pub(super) fn take_batch(&mut self, max: usize) -> Vec<Value> {
        let mut batch = Vec::new();
        for key in &self.order {
            if batch.len() == max {
                break;
            }
            if let Some(write) = self.writes.get_mut(key)
                && !write.in_progress
            {
                write.in_progress = true;
                batch.push(write.value.clone());
            }
        }
        batch
    }

    /// Records the outcome of storing `version` of a key.
    pub(super) fn complete(
        &mut self,
        key: Key,
        version: u64,
        outcome: Result<(), OriginError>,
    ) -> StoreOutcome {
        let Some(write) = self.writes.get_mut(&key) else { return StoreOutcome::Done };
        write.in_progress = false;
        match outcome {
            Ok(()) if write.value.version > version => return StoreOutcome::StillQueued,
            Ok(()) => {}
            Err(error) => {
                write.failures += 1;
                if write.failures <= self.retries {
                    return StoreOutcome::StillQueued;
                }
                let lost = self.given_up.take().map_or(0, |(_, lost)| lost) + 1;
                self.given_up = Some((error, lost));
                self.remove(key);
                return StoreOutcome::GivenUp;
            }
        }
        self.remove(key);
        StoreOutcome::Done
    }

    /// Returns the last error and the number of writes given up since the last call.
    pub(super) fn take_given_up(&mut self) -> Option<(OriginError, u64)> {
        self.given_up.take()
    }

    fn remove(&mut self, key: Key) {
        if self.writes.remove(&key).is_some() {
            self.counts.get(key).fetch_sub(1, Ordering::Release);
        }
        if let Some(index) = self.order.iter().position(|other| *other == key) {
            self.order.remove(index);
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

    fn new_queue(limit: usize, retries: u32) -> Queue {
        Queue::new(limit, retries, Arc::default())
    }

    #[test]
    fn a_newer_write_replaces_an_older_one_of_the_key() {
        let mut queue = new_queue(2, 0);
        let now = Duration::from_secs(1);
        let mut push =
            |key, version, now| queue.push(value(key, version), PutOptions::default(), now);
        assert_eq!(push(1, 1, now), PushOutcome::Queued);
        assert_eq!(push(2, 1, now * 2), PushOutcome::Queued);
        assert_eq!(push(3, 1, now), PushOutcome::QueueFull(value(3, 1)));
        assert_eq!(push(1, 2, now * 3), PushOutcome::Queued, "a queued key needs no further space");
        assert_eq!(push(1, 1, now * 4), PushOutcome::Outdated);
        assert_eq!(queue.oldest(), Some(now));
        let batch = queue.take_batch(9);
        assert_eq!(
            batch.iter().map(|v| (v.key.0, v.version)).collect::<Vec<_>>(),
            [(1, 2), (2, 1)]
        );
        assert!(queue.take_batch(9).is_empty() && queue.oldest().is_none(), "all are in progress");
        assert_eq!(queue.push(value(1, 3), PutOptions::default(), now), PushOutcome::Queued);
        assert_eq!(queue.complete(Key(1), 2, Ok(())), StoreOutcome::StillQueued);
        assert_eq!(queue.complete(Key(2), 1, Ok(())), StoreOutcome::Done);
        assert_eq!(queue.latest(Key(1)).map(|loaded| loaded.value.version), Some(3));
        assert!(!queue.contains(Key(2)) && queue.len() == 1);
    }

    #[test]
    fn a_write_that_fails_too_often_is_reported_once() {
        let mut queue = new_queue(9, 1);
        let pushed = queue.push(value(1, 1), PutOptions::default(), Duration::ZERO);
        assert_eq!(pushed, PushOutcome::Queued);
        assert_eq!(queue.take_batch(1).len(), 1);
        assert_eq!(queue.complete(Key(1), 1, down()), StoreOutcome::StillQueued);
        assert_eq!(queue.take_given_up(), None);
        assert_eq!(queue.take_batch(1).len(), 1);
        assert_eq!(queue.complete(Key(1), 1, down()), StoreOutcome::GivenUp);
        assert_eq!(queue.take_given_up().map(|(_, lost)| lost), Some(1));
        assert_eq!(queue.take_given_up(), None);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn counters_show_queued_keys_without_the_lock() {
        let counts = Arc::<StripedCounters>::default();
        let mut queue = Queue::new(9, 0, Arc::clone(&counts));
        let count = |key| counts.get(Key(key)).load(Ordering::Acquire);
        for version in 1..4 {
            queue.push(value(1, version), PutOptions::default(), Duration::ZERO);
        }
        assert_eq!((count(1), count(2)), (1, 0));
        assert_eq!(queue.complete(Key(1), 3, Ok(())), StoreOutcome::Done);
        assert_eq!(queue.complete(Key(1), 3, Ok(())), StoreOutcome::Done, "the key is not queued");
        assert_eq!(count(1), 0);
    }
}
