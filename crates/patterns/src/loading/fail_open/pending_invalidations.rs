//! Keys that must still be removed from a cache that was unavailable.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::Key;

/// Maximum number of keys (about 1 MB), for the writes of one instance during a short outage.
const MAX_KEYS: usize = 10_000;

/// Sequence number of an invalidation. A removal from the cache completes only invalidations that
/// were added before the removal began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// Set of keys with a pending invalidation.
#[derive(Debug, Default)]
pub(super) struct PendingInvalidations {
    pending: Mutex<PendingKeys>,
    /// Number of keys, read without the lock by every request.
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct PendingKeys {
    keys: HashMap<Key, Ticket>,
    last: u64,
}

impl PendingInvalidations {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, PendingKeys> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a key; returns false if the set is full.
    pub(super) fn add(&self, key: Key) -> bool {
        let mut pending = self.lock();
        if pending.keys.len() >= MAX_KEYS && !pending.keys.contains_key(&key) {
            return false;
        }
        pending.last += 1;
        let ticket = Ticket(pending.last);
        pending.keys.insert(key, ticket);
        self.count.store(pending.keys.len(), Ordering::Release);
        true
    }

    fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Returns the ticket of a key that is pending.
    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<Ticket> {
        if self.is_empty() { None } else { self.lock().keys.get(&key).copied() }
    }

    /// Returns any one of the pending keys.
    #[inline]
    pub(super) fn any(&self) -> Option<(Key, Ticket)> {
        if self.is_empty() {
            return None;
        }
        self.lock().keys.iter().next().map(|(key, ticket)| (*key, *ticket))
    }

    pub(super) fn all(&self) -> Vec<(Key, Ticket)> {
        self.lock().keys.iter().map(|(key, ticket)| (*key, *ticket)).collect()
    }

    /// Records that the cache removed the key, in a request that began when `ticket` was current.
    pub(super) fn complete(&self, key: Key, ticket: Ticket) {
        let mut pending = self.lock();
        if pending.keys.get(&key) == Some(&ticket) {
            pending.keys.remove(&key);
        }
        self.count.store(pending.keys.len(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_completes_only_invalidations_added_before_the_removal() {
        let pending = PendingInvalidations::new();
        assert_eq!(pending.get(Key(1)), None);
        assert!(pending.add(Key(1)));
        let first = pending.get(Key(1)).unwrap();
        assert!(pending.add(Key(1)));
        pending.complete(Key(1), first);
        let second = pending.get(Key(1)).unwrap();
        assert_ne!(first, second);
        pending.complete(Key(1), second);
        assert_eq!((pending.get(Key(1)), pending.any()), (None, None));
    }

    #[test]
    fn the_number_of_keys_is_limited() {
        let pending = PendingInvalidations::new();
        assert!((0..MAX_KEYS as u64).all(|key| pending.add(Key(key))));
        assert!(pending.add(Key(0)) && !pending.add(Key(MAX_KEYS as u64)));
        assert_eq!(pending.all().len(), MAX_KEYS);
    }
}
