//! Who may put what into the near tier, when requests for one key cross each other.
//!
//! Between asking the far tier and storing its answer near, another request may have written or
//! removed the key; storing the answer then would leave an old value near for good. So writers
//! announce themselves, and an answer is stored near only if no writer came in between. Keys
//! share a fixed number of counters: a collision costs an entry that is not kept, never a wrong
//! answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::Key;

/// Counters; a power of two, 96 KiB of them. Of loads of different keys that are under way at once,
/// those that share a counter leave one entry: `n` loads lose about `n² / (2 · STRIPES)` while that
/// is little, 8 of 256; and 113 of 1,000.
const STRIPES: usize = 4096;

/// The counters of all keys.
pub(crate) struct Turns(Vec<Mutex<Stripe>>);

/// What is known of the writers of some keys.
#[derive(Default)]
pub(crate) struct Stripe {
    /// Writers so far.
    begun: u64,
    /// Writers that have not finished.
    under_way: u64,
}

/// What a reader saw before it asked the far tier.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    begun: u64,
    quiet: bool,
}

/// A writer at work; dropping it, finished or not, ends its turn.
pub(crate) struct Turn<'a> {
    stripe: &'a Mutex<Stripe>,
    seen: Seen,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| Mutex::default()).collect())
    }

    /// Before a reader asks the far tier.
    pub(crate) fn look(&self, key: Key) -> Seen {
        let stripe = lock(self.stripe(key));
        Seen { begun: stripe.begun, quiet: stripe.under_way == 0 }
    }

    /// Does `store` if no writer came since `seen`, and lets none come meanwhile.
    pub(crate) fn if_unchanged<T>(
        &self,
        key: Key,
        seen: Seen,
        store: impl FnOnce() -> T,
    ) -> Option<T> {
        let stripe = lock(self.stripe(key));
        (seen.quiet && stripe.begun == seen.begun).then(store)
    }

    /// A writer begins: does `forget` to the near tier, and stops all promotions under way.
    pub(crate) fn begin<T>(&self, key: Key, forget: impl FnOnce() -> T) -> (Turn<'_>, T) {
        self.begin_at(self.stripe(key), forget)
    }

    /// A reader that was answered from further away begins to write, if no writer came since
    /// `seen`.
    pub(crate) fn begin_if_unchanged(&self, key: Key, seen: Seen) -> Option<Turn<'_>> {
        let at = self.stripe(key);
        let mut stripe = lock(at);
        (seen.quiet && stripe.begun == seen.begun).then(|| Turn::begin(at, &mut stripe))
    }

    /// A writer of all keys begins.
    pub(crate) fn begin_all(&self) -> Vec<Turn<'_>> {
        self.0.iter().map(|stripe| self.begin_at(stripe, || ()).0).collect()
    }

    fn begin_at<'a, T>(&self, at: &'a Mutex<Stripe>, forget: impl FnOnce() -> T) -> (Turn<'a>, T) {
        let mut stripe = lock(at);
        let turn = Turn::begin(at, &mut stripe);
        (turn, forget())
    }

    fn stripe(&self, key: Key) -> &Mutex<Stripe> {
        &self.0[key.0 as usize % STRIPES]
    }
}

impl<'a> Turn<'a> {
    fn begin(at: &'a Mutex<Stripe>, stripe: &mut Stripe) -> Self {
        let quiet = stripe.under_way == 0;
        stripe.begun += 1;
        stripe.under_way += 1;
        Self { stripe: at, seen: Seen { begun: stripe.begun, quiet } }
    }

    /// The far tier has it: does `store` if no other writer was under way at any time since this
    /// one began. Whose value the far tier ended with is not known otherwise.
    pub(crate) fn finish<T>(self, store: impl FnOnce() -> T) -> Option<T> {
        let stripe = lock(self.stripe);
        let alone = self.seen.quiet && stripe.begun == self.seen.begun;
        let stored = alone.then(store);
        drop(stripe);
        stored
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(self.stripe).under_way -= 1;
    }
}

/// No operation stops halfway, so a poisoned stripe is whole.
fn lock(stripe: &Mutex<Stripe>) -> MutexGuard<'_, Stripe> {
    stripe.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key(5);

    #[test]
    fn a_reader_that_was_overtaken_stores_nothing() {
        let turns = Turns::new();
        let before = turns.look(KEY);
        assert_eq!(turns.if_unchanged(KEY, before, || ()), Some(()));
        let (turn, ()) = turns.begin(KEY, || ());
        let during = turns.look(KEY);
        assert_eq!(turns.if_unchanged(KEY, before, || ()), None);
        assert_eq!(turn.finish(|| ()), Some(()));
        assert_eq!(turns.if_unchanged(KEY, before, || ()), None);
        assert_eq!(turns.if_unchanged(KEY, during, || ()), None);
        assert_eq!(turns.if_unchanged(KEY, turns.look(KEY), || ()), Some(()));
    }

    #[test]
    fn of_two_writers_at_once_neither_stores() {
        let turns = Turns::new();
        let (first, ()) = turns.begin(KEY, || ());
        let (second, ()) = turns.begin(KEY, || ());
        assert_eq!(first.finish(|| ()), None);
        assert_eq!(second.finish(|| ()), None);
        let (third, ()) = turns.begin(KEY, || ());
        assert_eq!(third.finish(|| ()), Some(()));
    }

    #[test]
    fn of_two_that_loaded_at_once_one_stores_and_a_writer_stops_it() {
        let turns = Turns::new();
        let seen = turns.look(KEY);
        let first = turns.begin_if_unchanged(KEY, seen).unwrap();
        assert!(turns.begin_if_unchanged(KEY, seen).is_none());
        assert_eq!(first.finish(|| ()), Some(()));
        let seen = turns.look(KEY);
        let loaded = turns.begin_if_unchanged(KEY, seen).unwrap();
        let (writer, ()) = turns.begin(KEY, || ());
        assert_eq!(loaded.finish(|| ()), None);
        assert_eq!(writer.finish(|| ()), None);
    }

    #[test]
    fn a_writer_that_gave_up_ends_its_turn() {
        let turns = Turns::new();
        drop(turns.begin(KEY, || ()));
        drop(turns.begin_all());
        assert_eq!(turns.if_unchanged(KEY, turns.look(KEY), || ()), Some(()));
    }
}
