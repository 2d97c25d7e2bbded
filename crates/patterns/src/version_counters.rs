//! Counters that detect whether a key was written while it was being loaded.
//!
//! Keys share a fixed number of counters. A collision costs an unnecessary load, never a wrong
//! answer.

use bakeoff_strategy::{Key, Read, Source};

use crate::atomics::{AtomicU64, Ordering};

/// Default number of counters (32 KiB in all). With 50 writes in progress, one load in 80 collides
/// with a write of another key.
const DEFAULT_STRIPES: usize = 4096;

/// Bits of a [`WriteTracker`] counter that hold the number of writes in progress. The bits above
/// hold the number of writes ever begun.
const IN_PROGRESS_BITS: u32 = 20;
const IN_PROGRESS_MASK: u64 = (1 << IN_PROGRESS_BITS) - 1;
/// Added to a counter when a write begins: one more begun, one more in progress. When the write
/// ends, 1 is subtracted.
const BEGIN: u64 = (1 << IN_PROGRESS_BITS) + 1;

/// Array of counters, each shared by many keys; all start at 0.
#[derive(Debug)]
pub(crate) struct StripedCounters(Box<[AtomicU64]>);

impl StripedCounters {
    /// Creates `count` counters, at least 1.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count.max(1)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Returns the counter of a key.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> &AtomicU64 {
        &self.0[key.0 as usize % self.0.len()]
    }

    fn all(&self) -> &[AtomicU64] {
        &self.0
    }
}

impl Default for StripedCounters {
    fn default() -> Self {
        Self::new(DEFAULT_STRIPES)
    }
}

/// Version numbers of keys, which only increase.
#[derive(Debug, Default)]
pub struct VersionCounters(StripedCounters);

impl VersionCounters {
    /// Creates the default number of counters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates `stripes` counters, at least 1.
    #[must_use]
    pub fn with_stripes(stripes: usize) -> Self {
        Self(StripedCounters::new(stripes))
    }

    /// Returns the version of a key.
    #[inline]
    #[must_use]
    pub fn version(&self, key: Key) -> u64 {
        self.0.get(key).load(Ordering::Acquire)
    }

    /// Increments the version of a key.
    #[inline]
    pub fn increment(&self, key: Key) {
        self.0.get(key).fetch_add(1, Ordering::AcqRel);
    }

    /// Increments the versions of all keys.
    pub fn increment_all(&self) {
        for counter in self.0.all() {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Tracks writes that have begun and writes in progress, by key.
///
/// Two increments per write, one before and one after, would not suffice: a loader that starts
/// between them, puts the old value after the writer's put and compares before the second increment
/// would see no change and leave the old value in the cache.
#[derive(Debug, Default)]
pub struct WriteTracker(StripedCounters);

/// State of a key's counter at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterSnapshot(u64);

/// A write in progress; ends when dropped.
#[derive(Debug)]
#[must_use = "the write ends when this guard is dropped"]
pub struct WriteGuard<'a> {
    counter: &'a AtomicU64,
    /// Value of the counter after this write had begun.
    at_begin: u64,
}

impl WriteTracker {
    /// Creates a tracker with the default number of counters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a tracker with `stripes` counters, at least 1.
    #[must_use]
    pub fn with_stripes(stripes: usize) -> Self {
        Self(StripedCounters::new(stripes))
    }

    /// Returns the state of a key's counter, to be taken before the key is loaded from the origin.
    #[inline]
    #[must_use]
    pub fn counter_snapshot(&self, key: Key) -> CounterSnapshot {
        CounterSnapshot(self.0.get(key).load(Ordering::Acquire))
    }

    /// Returns true if no write was in progress at `before` and none has begun since.
    #[inline]
    #[must_use]
    pub fn unchanged_since(&self, key: Key, before: CounterSnapshot) -> bool {
        before.0 & IN_PROGRESS_MASK == 0 && self.counter_snapshot(key) == before
    }

    /// Returns true if `read`, which began at `before`, cached a loaded value that a write may have
    /// replaced meanwhile.
    #[inline]
    pub(crate) fn cached_outdated(&self, key: Key, before: CounterSnapshot, read: &Read) -> bool {
        matches!(read.source, Source::Loaded | Source::Joined) && !self.unchanged_since(key, before)
    }

    /// Begins a write of a key. Call it before the origin commits, and keep the guard until the
    /// cache is updated.
    #[inline]
    pub fn begin(&self, key: Key) -> WriteGuard<'_> {
        WriteGuard::begin(self.0.get(key))
    }

    /// Begins a write of all keys.
    #[must_use = "the write ends when these guards are dropped"]
    pub fn begin_all(&self) -> Vec<WriteGuard<'_>> {
        self.0.all().iter().map(WriteGuard::begin).collect()
    }
}

impl<'a> WriteGuard<'a> {
    fn begin(counter: &'a AtomicU64) -> Self {
        let at_begin = counter.fetch_add(BEGIN, Ordering::AcqRel).wrapping_add(BEGIN);
        Self { counter, at_begin }
    }

    /// Returns true if no other write was in progress at any time since this one began.
    ///
    /// After concurrent writes, the value that the cache ended with is unknown.
    #[must_use]
    pub fn was_exclusive(&self) -> bool {
        self.at_begin & IN_PROGRESS_MASK == 1
            && self.counter.load(Ordering::Acquire) == self.at_begin
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::AcqRel);
    }
}
