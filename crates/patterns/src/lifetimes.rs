//! Until when each entry may be served, beside a cache that need not know of time.

use std::time::Duration;

use bakeoff_strategy::{Clock, Key, OpenConfig, Properties};

use crate::Deadlines;

/// The deadline of entries that have none.
const FOR_EVER: u64 = u64::MAX;

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
}

/// What is left of an entry's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// So much.
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
        }
    }

    /// The same, for entries whose time can begin anew.
    pub(crate) fn renewable(config: &OpenConfig, beneath: Properties, default: Duration) -> Self {
        let lengths = Some(Deadlines::for_capacity(config.capacity));
        Self { lengths, ..Self::new(config, beneath, default) }
    }

    /// An entry's time begins anew, as long as it was.
    pub(crate) fn renew(&self, key: Key) {
        let length = self.lengths.as_ref().and_then(|lengths| lengths.get(key));
        match length {
            Some(FOR_EVER) => self.stamp(key, None),
            Some(length) => self.stamp(key, Some(Duration::from_micros(length))),
            None => self.stamp(key, self.default),
        }
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
        let now = microseconds(self.clock.now());
        if now < deadline {
            Left::Time(Duration::from_micros(deadline - now))
        } else {
            Left::Past(Duration::from_micros(now - deadline))
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

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(FOR_EVER - 1)
}
