//! What the cache holds, and how each entry brings its own time to live.

use std::time::{Duration, Instant};

use bakeoff_strategy::{Key, Value};
use moka::Expiry;

/// A value with what it was put with.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) weight: u32,
    pub(crate) ttl: Option<Duration>,
}

/// Each entry lives as long as it was put for.
pub(crate) struct OwnTime;

impl Expiry<Key, Entry> for OwnTime {
    #[inline]
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        entry.ttl
    }

    /// A new value brings a new time; the default would go on with the old one's.
    #[inline]
    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        entry.ttl
    }
}
