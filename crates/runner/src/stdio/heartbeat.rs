//! Heartbeat: a thread that sends `progress` messages during a trial.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bakeoff_protocol::message::RunnerMessage;

use super::MessageWriter;

/// Time between two `progress` messages.
const INTERVAL: Duration = Duration::from_millis(500);

/// Thread that sends `progress` messages until it is dropped.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    shared: Arc<HeartbeatState>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct HeartbeatState {
    done: Arc<AtomicU64>,
    total: AtomicU64,
    paused: AtomicBool,
    ended: Mutex<bool>,
    wake: Condvar,
}

impl Heartbeat {
    pub(crate) fn start(writer: &MessageWriter) -> Self {
        let shared = Arc::new(HeartbeatState::default());
        let thread = {
            let (shared, writer) = (Arc::clone(&shared), writer.clone());
            thread::spawn(move || shared.run(&writer))
        };
        Self { shared, thread: Some(thread) }
    }

    /// Returns the counter of finished requests, which workers increment.
    pub(crate) fn done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.shared.done)
    }

    /// Starts a phase of `total` requests; `total` is 0 if the number is unknown.
    pub(crate) fn start_phase(&self, total: u64) {
        self.shared.done.store(0, Ordering::Relaxed);
        self.shared.total.store(total, Ordering::Relaxed);
        self.shared.paused.store(false, Ordering::Relaxed);
    }

    /// Stops sending messages until the next phase starts.
    pub(crate) fn pause(&self) {
        self.shared.paused.store(true, Ordering::Relaxed);
    }
}

impl HeartbeatState {
    fn run(&self, writer: &MessageWriter) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let (guard, timeout) =
                self.wake.wait_timeout(ended, INTERVAL).unwrap_or_else(PoisonError::into_inner);
            ended = guard;
            if timeout.timed_out() && !*ended && !self.paused.load(Ordering::Relaxed) {
                let progress = RunnerMessage::Progress {
                    done: self.done.load(Ordering::Relaxed),
                    total: self.total.load(Ordering::Relaxed),
                };
                if writer.send(&progress).is_err() {
                    // The next message of the trial will fail, too, and report the error.
                    return;
                }
            }
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of this thread would not affect the trial.
            let _ = thread.join();
        }
    }
}
