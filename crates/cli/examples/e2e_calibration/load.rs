//! Background load: keeps another core busy in every other period.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Duration of a busy and of an idle period.
const PERIOD: Duration = Duration::from_secs(10);

/// Thread that is busy in every other period, and ends when this handle is dropped.
pub struct Load {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Starts the thread.
    pub fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let work = move || {
            let started = Instant::now();
            while !over.load(Ordering::Relaxed) {
                if (started.elapsed().as_secs() / PERIOD.as_secs()).is_multiple_of(2) {
                    std::hint::black_box(
                        (0..100_000_u64).fold(1, |a, b| a ^ b.wrapping_mul(a | 3)),
                    );
                } else {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        };
        Self { is_over, thread: Some(thread::spawn(work)) }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
