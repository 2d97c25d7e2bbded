//! Cache of the crate with one segment, or with several that have an equal share of the capacity.

use bakeoff_strategy::Key;
use foldhash::fast::FixedState;
use moka::sync::{Cache, SegmentedCache};

use crate::expiry::Entry;

#[derive(Debug)]
pub(crate) enum Inner {
    Whole(Cache<Key, Entry, FixedState>),
    Segmented(SegmentedCache<Key, Entry, FixedState>),
}

impl Inner {
    #[inline(always)]
    pub(crate) fn get(&self, key: Key) -> Option<Entry> {
        match self {
            Self::Whole(cache) => cache.get(&key),
            Self::Segmented(cache) => cache.get(&key),
        }
    }

    #[inline]
    pub(crate) fn insert(&self, key: Key, entry: Entry) {
        match self {
            Self::Whole(cache) => cache.insert(key, entry),
            Self::Segmented(cache) => cache.insert(key, entry),
        }
    }

    #[inline]
    pub(crate) fn invalidate(&self, key: Key) {
        match self {
            Self::Whole(cache) => cache.invalidate(&key),
            Self::Segmented(cache) => cache.invalidate(&key),
        }
    }

    pub(crate) fn invalidate_all(&self) {
        match self {
            Self::Whole(cache) => cache.invalidate_all(),
            Self::Segmented(cache) => cache.invalidate_all(),
        }
    }

    pub(crate) fn run_pending_tasks(&self) {
        match self {
            Self::Whole(cache) => cache.run_pending_tasks(),
            Self::Segmented(cache) => cache.run_pending_tasks(),
        }
    }

    pub(crate) fn entry_count(&self) -> u64 {
        match self {
            Self::Whole(cache) => cache.entry_count(),
            Self::Segmented(cache) => cache.entry_count(),
        }
    }

    pub(crate) fn weighted_size(&self) -> u64 {
        match self {
            Self::Whole(cache) => cache.weighted_size(),
            Self::Segmented(cache) => cache.weighted_size(),
        }
    }
}
