//! Counters of changes: the number of a key's version, or whether it has changed since a look.

use crate::sync::{AtomicU64, Ordering};

use bakeoff_strategy::Key;

/// Counters that all keys share; a power of two. With 50 changes under way, one look in 20 takes
/// another key's change for its own, which costs a load and nothing else.
const STRIPES: usize = 1024;

/// One counter for each stripe of keys.
#[derive(Debug)]
pub struct Generations(Box<[AtomicU64]>);

impl Generations {
    /// All at 0.
    #[must_use]
    pub fn new() -> Self {
        Self::with_stripes(STRIPES)
    }

    /// With `stripes` counters, at least 1.
    #[must_use]
    pub fn with_stripes(stripes: usize) -> Self {
        Self((0..stripes.max(1)).map(|_| AtomicU64::new(0)).collect())
    }

    fn of(&self, key: Key) -> &AtomicU64 {
        &self.0[key.0 as usize % self.0.len()]
    }

    /// The counter of a key.
    #[inline]
    #[must_use]
    pub fn look(&self, key: Key) -> u64 {
        self.of(key).load(Ordering::Acquire)
    }

    /// Somebody has changed a key.
    #[inline]
    pub fn bump(&self, key: Key) {
        self.of(key).fetch_add(1, Ordering::AcqRel);
    }

    /// Somebody has changed all keys.
    pub fn bump_all(&self) {
        for counter in &self.0 {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Default for Generations {
    fn default() -> Self {
        Self::new()
    }
}
