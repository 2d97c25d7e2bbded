//! When a measured replay begins, for all workers together, and how long ago that was.

use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};

use crate::process;

/// Lets all workers begin together.
#[derive(Debug)]
pub(super) struct Gate {
    barrier: Barrier,
    begin: OnceLock<Begin>,
}

#[derive(Clone, Copy, Debug)]
struct Begin {
    at: Instant,
    cpu: Duration,
}

impl Gate {
    pub(super) fn new(workers: u64) -> Self {
        Self { barrier: Barrier::new(workers as usize), begin: OnceLock::new() }
    }

    /// Waits for the other workers. The first one through reads the clocks.
    pub(super) fn enter(&self) {
        self.barrier.wait();
        self.begin();
    }

    fn begin(&self) -> Begin {
        *self.begin.get_or_init(|| Begin { cpu: process::cpu_time(), at: Instant::now() })
    }

    /// When everyone began.
    pub(super) fn begun(&self) -> Instant {
        self.begin().at
    }

    /// Wall time since everyone began.
    pub(super) fn elapsed(&self) -> Duration {
        self.begin().at.elapsed()
    }

    /// Processor time of the whole process since everyone began.
    pub(super) fn cpu(&self) -> Duration {
        process::cpu_time().saturating_sub(self.begin().cpu)
    }
}
