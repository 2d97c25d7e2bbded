//! Words that many keys share, without a lock.

use crate::sync::AtomicU64;

use bakeoff_strategy::Key;

/// Words where nothing else is said; a power of two, 32 KiB of them. With 50 changes under way, one
/// look in 80 takes another key's change for its own, which costs a load and nothing else.
const STRIPES: usize = 4096;

/// One word for each stripe of keys, all 0 at first.
#[derive(Debug)]
pub(crate) struct Stripes(Box<[AtomicU64]>);

impl Stripes {
    /// So many words, at least 1.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count.max(1)).map(|_| AtomicU64::new(0)).collect())
    }

    /// The word of a key.
    #[inline]
    pub(crate) fn of(&self, key: Key) -> &AtomicU64 {
        &self.0[key.0 as usize % self.0.len()]
    }

    /// The words of all keys.
    pub(crate) fn all(&self) -> &[AtomicU64] {
        &self.0
    }
}

impl Default for Stripes {
    fn default() -> Self {
        Self::new(STRIPES)
    }
}
