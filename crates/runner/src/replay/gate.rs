//! When a measured replay begins and ends: after a whole number of passes, the same for everyone.

use std::sync::{Barrier, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::process;

/// Lets all workers begin together, and decides once a pass whether there is to be another one.
#[derive(Debug)]
pub(super) struct Gate {
    barrier: Barrier,
    begin: OnceLock<Begin>,
    minimum: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct Begin {
    at: Instant,
    cpu: Duration,
}

#[derive(Debug)]
struct State {
    /// Passes that some worker has begun.
    begun: u64,
    /// Passes after which everyone ends.
    last: Option<u64>,
}

impl Gate {
    pub(super) fn new(workers: u64, minimum: Duration) -> Self {
        Self {
            barrier: Barrier::new(workers as usize),
            begin: OnceLock::new(),
            minimum,
            state: Mutex::new(State { begun: 1, last: None }),
        }
    }

    /// Waits for the other workers. The first one through reads the clocks.
    pub(super) fn enter(&self) {
        self.barrier.wait();
        self.begin();
    }

    fn begin(&self) -> Begin {
        *self.begin.get_or_init(|| Begin { cpu: process::cpu_time(), at: Instant::now() })
    }

    /// Wall time since everyone began.
    pub(super) fn elapsed(&self) -> Duration {
        self.begin().at.elapsed()
    }

    /// Processor time of the whole process since everyone began.
    pub(super) fn cpu(&self) -> Duration {
        process::cpu_time().saturating_sub(self.begin().cpu)
    }

    /// Whether a worker that has done `done` passes is to begin another. One clock reading.
    pub(super) fn again(&self, done: u64) -> bool {
        let enough = self.elapsed() >= self.minimum;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if enough && state.last.is_none() {
            state.last = Some(state.begun);
        }
        if state.last.is_some_and(|last| done >= last) {
            return false;
        }
        state.begun = state.begun.max(done + 1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_does_as_many_passes_as_the_fastest_began() {
        let mut gate = Gate::new(1, Duration::from_secs(3600));
        gate.enter();
        assert!(gate.again(1) && gate.again(2), "the fast one goes on to its third pass");
        gate.minimum = Duration::ZERO;
        assert!(gate.again(1), "the slow one has two to go");
        assert!(gate.again(2));
        assert!(!gate.again(3));
    }

    #[test]
    fn one_pass_is_always_done() {
        let gate = Gate::new(1, Duration::ZERO);
        gate.enter();
        assert!(!gate.again(1));
    }
}
