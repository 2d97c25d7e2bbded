//! Entries with their own time to live.

use std::time::{Duration, Instant};

use bakeoff_strategy::{Key, Value};
use moka::Expiry;

/// Value with its put options.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) weight: u32,
    pub(crate) ttl: Option<Duration>,
}

/// Expires each entry after the time to live that it sets.
pub(crate) struct EntryTtl;

impl Expiry<Key, Entry> for EntryTtl {
    #[inline]
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        entry.ttl
    }

    /// Uses the time to live of the new value; the default implementation would keep that of the
    /// old value.
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
