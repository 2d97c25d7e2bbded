//! Concurrent calls of several threads, counted until enough of them have overlapped.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use super::failure::{Failure, panic_message};

/// Number of calls that must overlap with a call of another thread before the threads stop.
const MIN_OVERLAPS: u64 = 100;
/// Time after which the threads stop even if too few calls overlapped.
pub(crate) const MAX_TIME: Duration = Duration::from_secs(5);

/// Counter of the calls that several threads make.
#[derive(Debug, Default)]
pub(crate) struct ConcurrentCalls {
    running: AtomicU64,
    calls: AtomicU64,
    overlaps: AtomicU64,
}

impl ConcurrentCalls {
    /// Makes a call and counts it as overlapping if another thread was inside a call.
    pub(crate) fn call<T>(&self, call: impl FnOnce() -> T) -> T {
        let others = self.running.fetch_add(1, Relaxed);
        let outcome = call();
        self.running.fetch_sub(1, Relaxed);
        self.calls.fetch_add(1, Relaxed);
        self.overlaps.fetch_add(u64::from(others > 0), Relaxed);
        outcome
    }

    /// Returns true if enough calls overlapped or the threads have run too long since `start`.
    pub(crate) fn are_enough(&self, start: Instant) -> bool {
        self.overlaps() >= MIN_OVERLAPS || start.elapsed() > MAX_TIME
    }

    /// Returns the number of calls.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Returns the number of calls that overlapped with a call of another thread.
    pub(crate) fn overlaps(&self) -> u64 {
        self.overlaps.load(Relaxed)
    }
}

/// Waits for all threads, then returns the first failure.
pub(crate) fn join_all(
    threads: Vec<ScopedJoinHandle<'_, Result<(), Failure>>>,
) -> Result<(), Failure> {
    let outcomes: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
    outcomes.into_iter().try_for_each(|outcome| {
        outcome.unwrap_or_else(|payload| {
            Err(Failure(format!("a thread panicked: {}", panic_message(&*payload))))
        })
    })
}
