//! Counters of changes: the number of a key's version, or whether it has changed since a look.

use crate::stripes::Stripes;
use crate::sync::Ordering;

use bakeoff_strategy::Key;

/// One counter for each stripe of keys.
#[derive(Debug, Default)]
pub struct Generations(Stripes);

impl Generations {
    /// All at 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With `stripes` counters, at least 1.
    #[must_use]
    pub fn with_stripes(stripes: usize) -> Self {
        Self(Stripes::new(stripes))
    }

    /// The counter of a key.
    #[inline]
    #[must_use]
    pub fn look(&self, key: Key) -> u64 {
        self.0.of(key).load(Ordering::Acquire)
    }

    /// Somebody has changed a key.
    #[inline]
    pub fn bump(&self, key: Key) {
        self.0.of(key).fetch_add(1, Ordering::AcqRel);
    }

    /// Somebody has changed all keys.
    pub fn bump_all(&self) {
        for counter in self.0.all() {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}
