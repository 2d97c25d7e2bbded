//! `progress` replies from a thread that sleeps nearly always.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bakeoff_protocol::message::Reply;

use crate::wire::Wire;

/// Time between two replies.
const INTERVAL: Duration = Duration::from_millis(500);

/// Sends progress until it is dropped.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    done: Arc<AtomicU64>,
    total: AtomicU64,
    quiet: AtomicBool,
    ended: Mutex<bool>,
    wake: Condvar,
}

impl Heartbeat {
    pub(crate) fn start(wire: &Wire) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = {
            let (shared, wire) = (Arc::clone(&shared), wire.clone());
            thread::spawn(move || shared.beat(&wire))
        };
        Self { shared, thread: Some(thread) }
    }

    /// The counter that workers raise.
    pub(crate) fn done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.shared.done)
    }

    /// Begins a phase of `total` requests; 0 where nobody knows how many.
    pub(crate) fn phase(&self, total: u64) {
        self.shared.done.store(0, Ordering::Relaxed);
        self.shared.total.store(total, Ordering::Relaxed);
        self.shared.quiet.store(false, Ordering::Relaxed);
    }

    /// Says nothing until the next phase.
    pub(crate) fn pause(&self) {
        self.shared.quiet.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn beat(&self, wire: &Wire) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let (guard, timeout) =
                self.wake.wait_timeout(ended, INTERVAL).unwrap_or_else(PoisonError::into_inner);
            ended = guard;
            if timeout.timed_out() && !*ended && !self.quiet.load(Ordering::Relaxed) {
                wire.send(&Reply::Progress {
                    done: self.done.load(Ordering::Relaxed),
                    total: self.total.load(Ordering::Relaxed),
                });
            }
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // It cannot panic; were it to, the trial would not be worse for it.
            let _ = thread.join();
        }
    }
}
