//! Schedule of an open loop: the time at which each request is to be sent.

use std::thread;
use std::time::{Duration, Instant};

use tokio::task;

/// Minimum delay after which a request has missed its deadline.
const DEADLINE_TOLERANCE: Duration = Duration::from_millis(1);
/// Shortest wait that sleeps; shorter waits spin. A timer may be late by about a millisecond.
const MIN_SLEEP: Duration = Duration::from_millis(3);
/// Time by which a sleep ends before the scheduled time.
const WAKE_EARLY: Duration = Duration::from_millis(2);

/// Scheduled times of the requests of one worker. The requests of all workers together are equally
/// spaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    start: Instant,
    /// Seconds between two consecutive requests of all workers.
    interval: f64,
    worker: u64,
    workers: u64,
}

impl Schedule {
    /// Creates the schedule of one worker; `rate` is in requests per second over all workers.
    pub(crate) fn new(start: Instant, rate: f64, worker: u64, workers: u64) -> Self {
        Self { start, interval: 1.0 / rate, worker, workers }
    }

    /// Returns the scheduled time of the worker's request at a position.
    pub(crate) fn due(&self, position: u64) -> Instant {
        let number = self.worker + position * self.workers;
        self.start + Duration::from_secs_f64(number as f64 * self.interval)
    }

    /// Returns true if a request was sent too late.
    ///
    /// Its delay is then longer than the interval of the worker's requests and longer than
    /// [`DEADLINE_TOLERANCE`].
    pub(crate) fn is_missed(&self, due: Instant, sent: Instant) -> bool {
        let own_interval = Duration::from_secs_f64(self.workers as f64 * self.interval);
        sent.saturating_duration_since(due) > own_interval.max(DEADLINE_TOLERANCE)
    }
}

/// Blocks the thread until the scheduled time and returns the actual time.
pub(crate) fn wait(due: Instant) -> Instant {
    loop {
        let now = Instant::now();
        let left = due.saturating_duration_since(now);
        if left.is_zero() {
            return now;
        }
        if left > MIN_SLEEP {
            thread::sleep(left - WAKE_EARLY);
        } else {
            std::hint::spin_loop();
        }
    }
}

/// Lets other tasks run until the scheduled time and returns the actual time.
pub(crate) async fn wait_async(due: Instant) -> Instant {
    loop {
        let now = Instant::now();
        let left = due.saturating_duration_since(now);
        if left.is_zero() {
            return now;
        }
        if left > MIN_SLEEP {
            tokio::time::sleep(left - WAKE_EARLY).await;
        } else {
            task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_all_workers_are_equally_spaced() {
        let begin = Instant::now();
        let schedule = |worker| Schedule::new(begin, 1_000.0, worker, 2);
        let due = |worker, position| schedule(worker).due(position) - begin;
        assert_eq!(due(0, 0), Duration::ZERO);
        assert_eq!(due(1, 0), Duration::from_millis(1));
        assert_eq!(due(0, 1), Duration::from_millis(2));
        assert_eq!(due(1, 500), Duration::from_millis(1_001));
    }

    #[test]
    fn a_request_sent_after_the_next_was_due_has_missed_its_deadline() {
        let begin = Instant::now();
        let slow = Schedule::new(begin, 100.0, 0, 1);
        assert!(!slow.is_missed(begin, begin + Duration::from_millis(10)));
        assert!(slow.is_missed(begin, begin + Duration::from_millis(11)));
        // If the interval is shorter than the tolerance, a delay of one millisecond is not late.
        let quick = Schedule::new(begin, 1e6, 0, 1);
        assert!(!quick.is_missed(begin, begin + Duration::from_millis(1)));
        assert!(quick.is_missed(begin, begin + Duration::from_millis(2)));
        assert!(!quick.is_missed(begin + Duration::from_secs(1), begin));
    }
}
