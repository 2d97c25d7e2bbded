//! When the requests of an open loop are due.

use std::thread;
use std::time::{Duration, Instant};

use tokio::task;

/// A request that is issued later than this after it was due, and later than the next of its
/// worker, has missed its deadline.
const TOLERANCE: Duration = Duration::from_millis(1);
/// Times further away than this are slept through; a timer may be late by about a millisecond.
const FAR: Duration = Duration::from_millis(3);
/// How long before a due time one has to be awake.
const AWAKE: Duration = Duration::from_millis(2);

/// The due times of one worker: requests of all workers together are equally far apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    begin: Instant,
    /// Seconds between two requests of all workers.
    distance: f64,
    worker: u64,
    workers: u64,
}

impl Schedule {
    /// The schedule of one of several workers; `rate` is in requests per second over all.
    pub(super) fn new(begin: Instant, rate: f64, worker: u64, workers: u64) -> Self {
        Self { begin, distance: 1.0 / rate, worker, workers }
    }

    /// When a request of the worker is due.
    pub(super) fn due(&self, position: u64) -> Instant {
        let number = self.worker + position * self.workers;
        self.begin + Duration::from_secs_f64(number as f64 * self.distance)
    }

    /// Whether a request that was issued then came too late to keep to the schedule.
    pub(super) fn is_missed(&self, due: Instant, issued: Instant) -> bool {
        let own = Duration::from_secs_f64(self.workers as f64 * self.distance);
        issued.saturating_duration_since(due) > own.max(TOLERANCE)
    }
}

/// Holds the thread until a time has come; the time when it had.
pub(super) fn wait(due: Instant) -> Instant {
    loop {
        let now = Instant::now();
        let left = due.saturating_duration_since(now);
        if left.is_zero() {
            return now;
        }
        if left > FAR {
            thread::sleep(left - AWAKE);
        } else {
            std::hint::spin_loop();
        }
    }
}

/// Lets the other tasks of this thread run until a time has come; the time when it had.
pub(super) async fn turn(due: Instant) -> Instant {
    loop {
        let now = Instant::now();
        let left = due.saturating_duration_since(now);
        if left.is_zero() {
            return now;
        }
        if left > FAR {
            tokio::time::sleep(left - AWAKE).await;
        } else {
            task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_take_turns_at_equal_distances() {
        let begin = Instant::now();
        let schedule = |worker| Schedule::new(begin, 1_000.0, worker, 2);
        let due = |worker, position| schedule(worker).due(position) - begin;
        assert_eq!(due(0, 0), Duration::ZERO);
        assert_eq!(due(1, 0), Duration::from_millis(1));
        assert_eq!(due(0, 1), Duration::from_millis(2));
        assert_eq!(due(1, 500), Duration::from_millis(1_001));
    }

    #[test]
    fn what_is_issued_after_the_next_was_due_has_missed_its_deadline() {
        let begin = Instant::now();
        let slow = Schedule::new(begin, 100.0, 0, 1);
        assert!(!slow.is_missed(begin, begin + Duration::from_millis(10)));
        assert!(slow.is_missed(begin, begin + Duration::from_millis(11)));
        // Where requests are closer than a clock and a scheduler can tell, a millisecond is not late.
        let quick = Schedule::new(begin, 1e6, 0, 1);
        assert!(!quick.is_missed(begin, begin + Duration::from_millis(1)));
        assert!(quick.is_missed(begin, begin + Duration::from_millis(2)));
        assert!(!quick.is_missed(begin + Duration::from_secs(1), begin));
    }
}
