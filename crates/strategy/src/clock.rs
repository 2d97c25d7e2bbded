//! The time that a strategy goes by: the system's, or one that a replay moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Tells the time since a moment that never changes. Cloning it gives the same clock.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System(Beginning),
    Virtual(Arc<dyn Fn() -> Duration + Send + Sync>),
}

impl Clock {
    /// The system's monotonic clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System(Beginning::now()))
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
            Kind::System(beginning) => beginning.exact.elapsed(),
            Kind::Virtual(now) => now(),
        }
    }

    /// The time at the system's last tick, some milliseconds ago: never later than
    /// [`now`](Self::now), and told in a few nanoseconds instead of some tens. Where there are no
    /// ticks to be had, and of a clock that somebody moves, the time now.
    #[inline]
    #[must_use]
    pub fn last_tick(&self) -> Duration {
        match &self.0 {
            #[cfg(target_os = "linux")]
            Kind::System(beginning) => {
                since_boot(ClockId::MonotonicCoarse).saturating_sub(beginning.since_boot)
            }
            #[cfg(not(target_os = "linux"))]
            Kind::System(beginning) => beginning.exact.elapsed(),
            Kind::Virtual(now) => now(),
        }
    }
}

/// When a clock of the system began: a second before it was made, since tables may keep zero, which
/// is nobody's time then, for "never".
#[derive(Clone, Copy)]
struct Beginning {
    exact: Instant,
    /// The same or a little later, by the clock that counts ticks as well.
    #[cfg(target_os = "linux")]
    since_boot: Duration,
}

impl Beginning {
    fn now() -> Self {
        const EARLIER: Duration = Duration::from_secs(1);
        let now = Instant::now();
        let exact = now.checked_sub(EARLIER);
        Self {
            exact: exact.unwrap_or(now),
            #[cfg(target_os = "linux")]
            since_boot: since_boot(ClockId::Monotonic)
                .saturating_sub(exact.map_or(Duration::ZERO, |_| EARLIER)),
        }
    }
}

/// What a clock that began with the machine says.
#[cfg(target_os = "linux")]
#[inline]
fn since_boot(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    // Neither is ever below zero.
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
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

    #[test]
    fn the_last_tick_is_past_and_not_long_ago() {
        let system = Clock::system();
        for _ in 0..10_000 {
            let tick = system.last_tick();
            assert!(tick <= system.now());
        }
        let begun = system.now();
        std::thread::sleep(Duration::from_millis(50));
        assert!(system.last_tick() > begun, "it ticks at least a hundred times a second");
        let (by_hand, hand) = Clock::by_hand();
        hand.advance(Duration::from_nanos(1));
        assert_eq!(by_hand.last_tick(), by_hand.now());
    }
}
