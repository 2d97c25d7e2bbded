//! Keys that the cache still has to forget.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::Key;

/// Debts at most: what an instance writes in an outage of some seconds, in a megabyte.
const MOST: usize = 10_000;

/// Which of several debts of one key it is: a removal pays only those that were there when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Debt(u64);

/// Keys owed to the cache.
#[derive(Debug, Default)]
pub(super) struct Debts {
    owed: Mutex<Owed>,
    /// How many there are, to be read without the lock by every request.
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct Owed {
    keys: HashMap<Key, Debt>,
    next: u64,
}

impl Debts {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Owes a key; whether there was room.
    pub(super) fn owe(&self, key: Key) -> bool {
        let mut owed = self.owed();
        if owed.keys.len() >= MOST && !owed.keys.contains_key(&key) {
            return false;
        }
        owed.next += 1;
        let debt = Debt(owed.next);
        owed.keys.insert(key, debt);
        self.count.store(owed.keys.len(), Ordering::Release);
        true
    }

    fn none(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// The debt of a key.
    #[inline]
    pub(super) fn of(&self, key: Key) -> Option<Debt> {
        if self.none() { None } else { self.owed().keys.get(&key).copied() }
    }

    /// Any debt.
    #[inline]
    pub(super) fn any(&self) -> Option<(Key, Debt)> {
        if self.none() {
            return None;
        }
        self.owed().keys.iter().next().map(|(key, debt)| (*key, *debt))
    }

    /// All debts.
    pub(super) fn all(&self) -> Vec<(Key, Debt)> {
        self.owed().keys.iter().map(|(key, debt)| (*key, *debt)).collect()
    }

    /// A removal that began when `debt` was owed has been done.
    pub(super) fn pay(&self, key: Key, debt: Debt) {
        let mut owed = self.owed();
        if owed.keys.get(&key) == Some(&debt) {
            owed.keys.remove(&key);
        }
        self.count.store(owed.keys.len(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_pays_what_was_owed_when_it_began() {
        let debts = Debts::new();
        assert_eq!(debts.of(Key(1)), None);
        assert!(debts.owe(Key(1)));
        let first = debts.of(Key(1)).unwrap();
        assert!(debts.owe(Key(1)));
        debts.pay(Key(1), first);
        let second = debts.of(Key(1)).unwrap();
        assert_ne!(first, second);
        debts.pay(Key(1), second);
        assert_eq!((debts.of(Key(1)), debts.any()), (None, None));
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let debts = Debts::new();
        assert!((0..MOST as u64).all(|key| debts.owe(Key(key))));
        assert!(debts.owe(Key(0)) && !debts.owe(Key(MOST as u64)));
        assert_eq!(debts.all().len(), MOST);
    }
}
