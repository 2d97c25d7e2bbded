//! Deadlines of cached entries, kept by a layer next to a cache without expiry.

use std::time::Duration;

use bakeoff_strategy::{Clock, Key, Loaded, OpenConfig, Origin, OriginError, Properties};

use crate::lossy_map::LossyMap;

/// Deadline of entries that do not expire.
const NEVER: u64 = u64::MAX;
/// Maximum age of the system's last tick, in microseconds.
///
/// Ten ticks of 10 ms, as a margin for a machine that is briefly overloaded.
const MAX_TICK_AGE: u64 = 100_000;

/// Table of deadlines, in microseconds of the clock.
///
/// In this unit, entries put within one millisecond have different deadlines, so a full bucket of
/// the lossy map drops the oldest.
pub(super) struct ExpiryTable {
    deadlines: LossyMap,
    /// Time to live of each entry, for tables that support [`renew`](Self::renew).
    ttls: Option<LossyMap>,
    clock: Clock,
    /// Time to live of entries that set none.
    default_ttl: Option<Duration>,
    /// If true, an entry without a known deadline was put by another process, and its time to live
    /// begins now. Otherwise such an entry counts as expired.
    adopts_unknown: bool,
    /// Remaining time below which [`remaining`](Self::remaining) must be exact.
    exact_below: Duration,
}

/// Remaining time to live of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remaining {
    /// Remaining time; a lower bound if it exceeds the table's `exact_below`.
    Time(Duration),
    /// Time since expiry.
    ExpiredFor(Duration),
    /// The deadline is not known.
    Unknown,
}

impl ExpiryTable {
    /// Creates an empty table for a layer over a cache with the properties `inner`. A
    /// `default_ttl` of zero means no expiry.
    pub(super) fn new(config: &OpenConfig, inner: Properties, default_ttl: Duration) -> Self {
        Self {
            deadlines: LossyMap::for_capacity(config.capacity),
            ttls: None,
            clock: config.clock.clone(),
            default_ttl: (!default_ttl.is_zero()).then_some(default_ttl),
            adopts_unknown: inner.shared,
            exact_below: Duration::ZERO,
        }
    }

    /// Creates a table that supports [`renew`](Self::renew).
    pub(super) fn renewable(config: &OpenConfig, inner: Properties, default_ttl: Duration) -> Self {
        let ttls = Some(LossyMap::for_capacity(config.capacity));
        Self { ttls, ..Self::new(config, inner, default_ttl) }
    }

    /// Makes remaining times up to `exact_below` exact.
    pub(super) fn exact_below(self, exact_below: Duration) -> Self {
        Self { exact_below, ..self }
    }

    /// Restarts an entry's time to live.
    ///
    /// The new deadline may be up to 1 % of the time to live too early: an exact clock reading
    /// would cost too much per read.
    pub(super) fn renew(&self, key: Key) {
        let known = self.ttls.as_ref().and_then(|ttls| ttls.get(key));
        let ttl = known.unwrap_or_else(|| self.default_ttl.map_or(NEVER, micros));
        let deadline = match ttl {
            NEVER => NEVER,
            long if long / 100 >= MAX_TICK_AGE => micros(self.clock.last_tick()) + long,
            short => micros(self.clock.now()) + short,
        };
        self.deadlines.set(key, deadline);
    }

    /// Returns the time to live that an entry sets (`own`), or the default.
    pub(super) fn ttl_or_default(&self, own: Option<Duration>) -> Option<Duration> {
        own.or(self.default_ttl)
    }

    /// Starts an entry's time to live.
    pub(super) fn start(&self, key: Key, ttl: Option<Duration>) {
        let deadline = ttl.map_or(NEVER, |ttl| micros(self.clock.now() + ttl));
        self.deadlines.set(key, deadline);
        if let Some(ttls) = &self.ttls {
            ttls.set(key, ttl.map_or(NEVER, micros));
        }
    }

    #[inline]
    fn remaining(&self, key: Key) -> Remaining {
        let deadline = match self.deadlines.get(key) {
            Some(NEVER) => return Remaining::Time(Duration::MAX),
            Some(deadline) => deadline,
            None => return Remaining::Unknown,
        };
        match micros_until(deadline, &self.clock, micros(self.exact_below)) {
            left @ 1.. => Remaining::Time(Duration::from_micros(left.unsigned_abs())),
            past => Remaining::ExpiredFor(Duration::from_micros(past.unsigned_abs())),
        }
    }

    /// Returns the remaining time to live of an entry that the cache holds.
    #[inline]
    pub(super) fn remaining_of_cached(&self, key: Key) -> Remaining {
        match self.remaining(key) {
            Remaining::Unknown if self.adopts_unknown => {
                self.start(key, self.default_ttl);
                Remaining::Time(self.default_ttl.unwrap_or(Duration::MAX))
            }
            Remaining::Unknown => Remaining::ExpiredFor(Duration::MAX),
            known => known,
        }
    }

    pub(super) fn remove(&self, key: Key) {
        self.deadlines.remove(key);
    }

    pub(super) fn clear(&self) {
        self.deadlines.clear();
    }
}

/// Returns the microseconds until a deadline; 0 or less if it has passed.
///
/// A result above `exact_below` is a lower bound, computed from the system's last tick: reading the
/// exact clock costs more than everything else that a layer does for a hit.
#[inline]
pub(super) fn micros_until(deadline: u64, clock: &Clock, exact_below: u64) -> i64 {
    let at_least = deadline.saturating_sub(micros(clock.last_tick()) + MAX_TICK_AGE);
    if at_least > exact_below {
        return at_least.cast_signed();
    }
    deadline.cast_signed() - micros(clock.now()).cast_signed()
}

/// Converts to microseconds, at most a third of `i64::MAX`, so that a sum of two does not overflow.
#[inline]
fn micros(time: Duration) -> u64 {
    const MAX: u64 = i64::MAX as u64 / 3;
    time.as_secs().saturating_mul(1_000_000).min(MAX) + u64::from(time.subsec_micros())
}

/// Origin wrapper that starts the time to live of loaded entries.
///
/// Only for keys that are not cached: if a put fails after the load, an older value in the cache
/// would get the new deadline.
pub(super) struct ExpiringOrigin<'a, O> {
    pub(super) origin: &'a O,
    pub(super) expiry: &'a ExpiryTable,
    /// Time for which the cache keeps entries beyond their time to live.
    pub(super) extra_ttl: Duration,
}

impl<O: Origin> Origin for ExpiringOrigin<'_, O> {
    // A spawned task sets deadlines itself.
    delegate_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        let ttl = self.expiry.ttl_or_default(loaded.options.ttl);
        loaded.options.ttl = ttl.map(|ttl| ttl + self.extra_ttl);
        self.expiry.start(key, ttl);
        Ok(Some(loaded))
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_exact_below_the_threshold_and_a_lower_bound_above() {
        let (clock, manual) = Clock::manual();
        let deadline = micros(clock.now()) + 1_000_000;
        let left = |exact_below| micros_until(deadline, &clock, exact_below);
        assert_eq!(left(0), 900_000);
        assert_eq!(left(899_999), 900_000);
        assert_eq!(left(900_000), 1_000_000);
        manual.advance(Duration::from_millis(950));
        assert_eq!(left(0), 50_000);
        manual.advance(Duration::from_millis(50));
        assert_eq!(left(0), 0);
        manual.advance(Duration::from_millis(7));
        assert_eq!(left(0), -7_000);
        assert!(micros_until(micros(Duration::MAX), &clock, 0) > 0);
    }
}
