//! Entries with their own time to live.

use std::time::{Duration, Instant};

use bakeoff_strategy::{Clock, Key, Value};
use moka::Expiry;

/// Value with its put options.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) weight: u32,
    /// Time to live; on a virtual clock, the time of that clock at which the entry expires.
    pub(crate) ttl: Option<Duration>,
}

/// Expires each entry after the time to live that it sets.
///
/// Moka reads only the system's clock. On a virtual clock, [`VirtualExpiry`] replaces this expiry.
pub(crate) struct EntryTtl {
    pub(crate) enabled: bool,
}

/// Expiry on a virtual clock. An expired entry occupies space until it is requested or evicted.
#[derive(Debug)]
pub(crate) struct VirtualExpiry(pub(crate) Clock);

impl VirtualExpiry {
    /// Returns the time of expiry of an entry that is stored now.
    pub(crate) fn deadline(&self, ttl: Duration) -> Duration {
        self.0.now().saturating_add(ttl)
    }

    /// Returns true if an entry has expired.
    pub(crate) fn has_expired(&self, entry: &Entry) -> bool {
        entry.ttl.is_some_and(|deadline| deadline <= self.0.now())
    }
}

impl Expiry<Key, Entry> for EntryTtl {
    #[inline]
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        entry.ttl.filter(|_| self.enabled)
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
        entry.ttl.filter(|_| self.enabled)
    }
}
