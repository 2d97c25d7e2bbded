//! The time that a strategy goes by: the system's, or one that a replay moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Tells the time since a moment that never changes. Cloning it gives the same clock.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System(Instant),
    Virtual(Arc<dyn Fn() -> Duration + Send + Sync>),
}

impl Clock {
    /// The system's monotonic clock.
    #[must_use]
    pub fn system() -> Self {
        // A little in the past: nobody's first moment is zero, which tables may keep for "never".
        let now = Instant::now();
        Self(Kind::System(now.checked_sub(Duration::from_secs(1)).unwrap_or(now)))
    }

    /// A clock that somebody else moves; it must never go back.
    #[must_use]
    pub fn virtually(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Kind::Virtual(Arc::new(now)))
    }

    /// A clock at one second that stands still until [`Hand::advance`] moves it, for tests.
    #[must_use]
    pub fn by_hand() -> (Self, Hand) {
        let hand = Hand(Arc::new(AtomicU64::new(1_000_000_000)));
        let shown = hand.clone();
        (Self::virtually(move || Duration::from_nanos(shown.0.load(Ordering::Relaxed))), hand)
    }

    /// Time since the clock's beginning.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0 {
            Kind::System(beginning) => beginning.elapsed(),
            Kind::Virtual(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Kind::System(_) => "Clock(system)",
            Kind::Virtual(_) => "Clock(virtual)",
        })
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// What moves a clock in a test.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicU64>);

impl Hand {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_moves_as_it_is_moved() {
        let (clock, hand) = Clock::by_hand();
        let twin = clock.clone();
        let before = clock.now();
        hand.advance(Duration::from_millis(5));
        assert_eq!(twin.now() - before, Duration::from_millis(5));
        let system = Clock::system();
        assert!(system.now() <= system.now() && system.now() >= Duration::from_secs(1));
    }
}
