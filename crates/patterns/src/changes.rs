//! Whether somebody changed a key while another loaded it.

use crate::stripes::Stripes;
use crate::sync::{AtomicU64, Ordering};

use bakeoff_strategy::{Key, Read, Source};

/// Bits of a word that count the changes under way; those above count all that ever began.
const UNDER_WAY_BITS: u32 = 20;
const UNDER_WAY: u64 = (1 << UNDER_WAY_BITS) - 1;
/// What one change adds when it begins; its end takes the 1 away again.
const BEGIN: u64 = (1 << UNDER_WAY_BITS) + 1;

/// Changes of keys, begun and under way.
///
/// Two marks of a writer, one before and one after, are not enough: a loader that comes between them
/// with what was there before, puts it after the writer has put its own, and looks again before the
/// second mark has seen the same twice, and leaves an old value for good.
#[derive(Debug, Default)]
pub struct Changes(Stripes);

/// What a loader saw before it asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked(u64);

/// A change under way; over when it is dropped.
#[derive(Debug)]
#[must_use = "the change is over when this is dropped"]
pub struct Changing<'a> {
    word: &'a AtomicU64,
    /// The word once this change had begun.
    begun: u64,
}

impl Changes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With `stripes` words, at least 1.
    #[must_use]
    pub fn with_stripes(stripes: usize) -> Self {
        Self(Stripes::new(stripes))
    }

    /// Before a loader asks.
    #[inline]
    #[must_use]
    pub fn look(&self, key: Key) -> Looked {
        Looked(self.0.of(key).load(Ordering::Acquire))
    }

    /// Whether no change was under way then, and none began since.
    #[inline]
    #[must_use]
    pub fn none_since(&self, key: Key, looked: Looked) -> bool {
        looked.0 & UNDER_WAY == 0 && self.look(key) == looked
    }

    /// Whether a read that began with that look has put what a change may have replaced: what it
    /// loaded itself, or its share in another's load.
    #[inline]
    pub(crate) fn overtook(&self, key: Key, looked: Looked, read: &Read) -> bool {
        matches!(read.source, Source::Loaded | Source::Joined) && !self.none_since(key, looked)
    }

    /// Somebody changes a key: to be called before it is committed, and held until all is done.
    #[inline]
    pub fn begin(&self, key: Key) -> Changing<'_> {
        Changing::begin(self.0.of(key))
    }

    /// Somebody changes all keys.
    #[must_use = "the change is over when this is dropped"]
    pub fn begin_all(&self) -> Vec<Changing<'_>> {
        self.0.all().iter().map(Changing::begin).collect()
    }
}

impl<'a> Changing<'a> {
    fn begin(word: &'a AtomicU64) -> Self {
        let begun = word.fetch_add(BEGIN, Ordering::AcqRel).wrapping_add(BEGIN);
        Self { word, begun }
    }

    /// Whether no other change was under way at any time since this one began: of two at once,
    /// nobody knows whose value the cache ended with.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.begun & UNDER_WAY == 1 && self.word.load(Ordering::Acquire) == self.begun
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.word.fetch_sub(1, Ordering::AcqRel);
    }
}
