//! Barrier at which all workers start together, with the time since the start.

use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};

use crate::process;

/// Barrier that lets all workers start at the same time.
#[derive(Debug)]
pub(super) struct StartBarrier {
    barrier: Barrier,
    start: OnceLock<StartTimes>,
}

#[derive(Clone, Copy, Debug)]
struct StartTimes {
    wall: Instant,
    cpu: Duration,
}

impl StartBarrier {
    pub(super) fn new(workers: u64) -> Self {
        Self { barrier: Barrier::new(workers as usize), start: OnceLock::new() }
    }

    /// Waits for all other workers. The first worker to continue reads the clocks.
    pub(super) fn wait(&self) {
        self.barrier.wait();
        self.start();
    }

    fn start(&self) -> StartTimes {
        *self.start.get_or_init(|| StartTimes { cpu: process::cpu_time(), wall: Instant::now() })
    }

    /// Returns the time at which all workers started.
    pub(super) fn started(&self) -> Instant {
        self.start().wall
    }

    /// Returns the wall time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.start().wall.elapsed()
    }

    /// Returns the processor time of the process since the start.
    pub(super) fn cpu(&self) -> Duration {
        process::cpu_time().saturating_sub(self.start().cpu)
    }
}
