//! Clock of a strategy: the system's clock, or a virtual clock that a replay advances.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Monotonic clock of a strategy. All clones show the same time.
#[derive(Clone)]
pub struct Clock(TimeSource);

#[derive(Clone)]
enum TimeSource {
    System(SystemStart),
    Virtual(Arc<dyn Fn() -> Duration + Send + Sync>),
}

impl Clock {
    /// Creates a clock that follows the system's monotonic clock.
    #[must_use]
    pub fn system() -> Self {
        Self(TimeSource::System(SystemStart::now()))
    }

    /// Creates a virtual clock that reads its time from `now`, which must never decrease.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(TimeSource::Virtual(Arc::new(now)))
    }

    /// Creates a clock for tests that starts at one second and advances only by
    /// [`ManualClock::advance`].
    #[must_use]
    pub fn manual() -> (Self, ManualClock) {
        let manual = ManualClock(Arc::new(AtomicU64::new(1_000_000_000)));
        let nanos = Arc::clone(&manual.0);
        (Self::from_fn(move || Duration::from_nanos(nanos.load(Ordering::Relaxed))), manual)
    }

    /// Returns true for a virtual clock.
    #[must_use]
    pub const fn is_virtual(&self) -> bool {
        matches!(self.0, TimeSource::Virtual(_))
    }

    /// Returns the time since the clock's start.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0 {
            TimeSource::System(start) => start.exact.elapsed(),
            TimeSource::Virtual(now) => now(),
        }
    }

    /// Returns the time of the last timer tick of the system, up to 10 ms before
    /// [`now`](Self::now).
    ///
    /// A call costs a few nanoseconds, a call of `now` tens of nanoseconds. Virtual clocks and
    /// systems other than Linux return `now`.
    #[inline]
    #[must_use]
    pub fn last_tick(&self) -> Duration {
        match &self.0 {
            #[cfg(target_os = "linux")]
            TimeSource::System(start) => {
                since_boot(ClockId::MonotonicCoarse).saturating_sub(start.since_boot)
            }
            #[cfg(not(target_os = "linux"))]
            TimeSource::System(start) => start.exact.elapsed(),
            TimeSource::Virtual(now) => now(),
        }
    }
}

/// Time zero of a system clock: one second before the clock was created.
///
/// `now` is therefore never zero, and strategies may use zero for "never".
#[derive(Clone, Copy)]
struct SystemStart {
    exact: Instant,
    /// The moment of `exact`, or slightly later, on the Linux clock that `last_tick` can read
    /// faster.
    #[cfg(target_os = "linux")]
    since_boot: Duration,
}

impl SystemStart {
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

/// Reads a clock whose time zero is the boot of the machine.
#[cfg(target_os = "linux")]
#[inline]
fn since_boot(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    // The kernel never reports negative fields for these clocks.
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            TimeSource::System(_) => "Clock(system)",
            TimeSource::Virtual(_) => "Clock(virtual)",
        })
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// Handle that advances a clock created by [`Clock::manual`].
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_advance_together() {
        let (clock, manual) = Clock::manual();
        let other = clock.clone();
        let before = clock.now();
        manual.advance(Duration::from_millis(5));
        assert_eq!(other.now() - before, Duration::from_millis(5));
        let system = Clock::system();
        assert!(system.now() <= system.now() && system.now() >= Duration::from_secs(1));
    }

    #[test]
    fn last_tick_is_recent_and_never_after_now() {
        let system = Clock::system();
        for _ in 0..10_000 {
            let tick = system.last_tick();
            assert!(tick <= system.now());
        }
        let start = system.now();
        while system.last_tick() <= start {
            assert!(
                system.now() - start < Duration::from_secs(5),
                "the coarse clock does not tick"
            );
            std::thread::yield_now();
        }
        let (clock, manual) = Clock::manual();
        manual.advance(Duration::from_nanos(1));
        assert_eq!(clock.last_tick(), clock.now());
    }
}
