//! Until when each entry may be served, beside a cache that need not know of time.

use std::time::Duration;

use bakeoff_strategy::{Clock, Key, OpenConfig, Properties};

use crate::Deadlines;

/// The deadline of entries that have none.
const FOR_EVER: u64 = u64::MAX;
/// How long ago the system's last tick may be, in microseconds: ten ticks of a slow one, so that a
/// machine that is short of time for a moment keeps to it as well.
const TICK_AGE: u64 = 100_000;

/// Deadlines of entries, in microseconds of the clock: fine enough that of several entries put in
/// one millisecond the table forgets the oldest.
pub(crate) struct Lifetimes {
    table: Deadlines,
    /// The time to live that each entry began with, where it is wanted again.
    lengths: Option<Deadlines>,
    pub(crate) clock: Clock,
    /// Time to live of entries that come without one.
    pub(crate) default: Option<Duration>,
    /// Whether an entry of which nothing is remembered was put by another process, and is new to
    /// us: its time begins now. Otherwise its time is taken to be up.
    adopts: bool,
    /// The last part of an entry's time, of which it has to be known how much is left.
    watched: Duration,
}

/// What is left of an entry's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// So much, or more where this is more than what is watched.
    Time(Duration),
    /// It was up so long ago.
    Past(Duration),
    /// Nothing is remembered of it.
    Unknown,
}

impl Lifetimes {
    /// None yet. A time to live of zero is none.
    pub(crate) fn new(config: &OpenConfig, beneath: Properties, default: Duration) -> Self {
        Self {
            table: Deadlines::for_capacity(config.capacity),
            lengths: None,
            clock: config.clock.clone(),
            default: (!default.is_zero()).then_some(default),
            adopts: beneath.shared,
            watched: Duration::ZERO,
        }
    }

    /// The same, for entries whose time can begin anew.
    pub(crate) fn renewable(config: &OpenConfig, beneath: Properties, default: Duration) -> Self {
        let lengths = Some(Deadlines::for_capacity(config.capacity));
        Self { lengths, ..Self::new(config, beneath, default) }
    }

    /// The same, for entries of which the last part of their time matters.
    pub(crate) fn watching(self, watched: Duration) -> Self {
        Self { watched, ..self }
    }

    /// An entry's time begins anew, as long as it was. A hundredth of it may be missing: that much
    /// is not worth a look at the clock for every read.
    pub(crate) fn renew(&self, key: Key) {
        let kept = self.lengths.as_ref().and_then(|lengths| lengths.get(key));
        let length = kept.unwrap_or_else(|| self.default.map_or(FOR_EVER, microseconds));
        let deadline = match length {
            FOR_EVER => FOR_EVER,
            long if long / 100 >= TICK_AGE => microseconds(self.clock.last_tick()) + long,
            short => microseconds(self.clock.now()) + short,
        };
        self.table.set(key, deadline);
    }

    /// The time to live that an entry gets.
    pub(crate) fn of(&self, asked: Option<Duration>) -> Option<Duration> {
        asked.or(self.default)
    }

    /// An entry begins to live now.
    pub(crate) fn stamp(&self, key: Key, ttl: Option<Duration>) {
        let deadline = ttl.map_or(FOR_EVER, |ttl| microseconds(self.clock.now() + ttl));
        self.table.set(key, deadline);
        if let Some(lengths) = &self.lengths {
            lengths.set(key, ttl.map_or(FOR_EVER, microseconds));
        }
    }

    /// What is left of an entry's time.
    #[inline]
    pub(crate) fn left(&self, key: Key) -> Left {
        let deadline = match self.table.get(key) {
            Some(FOR_EVER) => return Left::Time(Duration::MAX),
            Some(deadline) => deadline,
            None => return Left::Unknown,
        };
        match until(deadline, &self.clock, microseconds(self.watched)) {
            left @ 1.. => Left::Time(Duration::from_micros(left.unsigned_abs())),
            over => Left::Past(Duration::from_micros(over.unsigned_abs())),
        }
    }

    /// The same of an entry that the cache holds.
    #[inline]
    pub(crate) fn left_of_held(&self, key: Key) -> Left {
        match self.left(key) {
            Left::Unknown if self.adopts => {
                self.stamp(key, self.default);
                Left::Time(self.default.unwrap_or(Duration::MAX))
            }
            Left::Unknown => Left::Past(Duration::MAX),
            known => known,
        }
    }

    pub(crate) fn forget(&self, key: Key) {
        self.table.forget(key);
    }

    pub(crate) fn clear(&self) {
        self.table.clear();
    }
}

/// Microseconds until a deadline, 0 or less past it. Where it is more than `watched` it may be more
/// still: most entries are so far from their end that the last tick shows it, and the exact time
/// costs more than all else that is done for a hit.
#[inline]
pub(crate) fn until(deadline: u64, clock: &Clock, watched: u64) -> i64 {
    let at_least = deadline.saturating_sub(microseconds(clock.last_tick()) + TICK_AGE);
    if at_least > watched {
        return at_least.cast_signed();
    }
    deadline.cast_signed() - microseconds(clock.now()).cast_signed()
}

/// At most a third of what a signed word holds, so that sums of two do as well.
#[inline]
fn microseconds(time: Duration) -> u64 {
    const MOST: u64 = i64::MAX as u64 / 3;
    time.as_secs().saturating_mul(1_000_000).min(MOST) + u64::from(time.subsec_micros())
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_exact_where_it_is_watched_and_at_least_so_much_before() {
        let (clock, hand) = Clock::manual();
        let deadline = microseconds(clock.now()) + 1_000_000;
        let left = |watched| until(deadline, &clock, watched);
        assert_eq!(left(0), 900_000);
        assert_eq!(left(899_999), 900_000);
        assert_eq!(left(900_000), 1_000_000);
        hand.advance(Duration::from_millis(950));
        assert_eq!(left(0), 50_000);
        hand.advance(Duration::from_millis(50));
        assert_eq!(left(0), 0);
        hand.advance(Duration::from_millis(7));
        assert_eq!(left(0), -7_000);
        assert!(until(microseconds(Duration::MAX), &clock, 0) > 0);
    }
}
