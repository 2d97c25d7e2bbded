//! State shared by requests and the background task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{Clock, Key, Loaded, OpenConfig, OpenError, PutOptions, Value};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::queue::{PushOutcome, Queue};
use crate::atomics;
use crate::options::parse_millis;
use crate::version_counters::{StripedCounters, WriteGuard, WriteTracker};

pub(super) struct SharedState {
    queue: Mutex<Queue>,
    /// Number of queued keys per counter. Most reads see a zero and skip the lock.
    queued_counts: Arc<StripedCounters>,
    /// Writes to the inner cache.
    pub(super) writes: WriteTracker,
    pub(super) clock: Clock,
    pub(super) batch: usize,
    pub(super) linger: Duration,
    /// Runtime of the background task.
    pub(super) runtime: Handle,
    /// True once the background task runs.
    pub(super) started: AtomicBool,
    /// True while a request waits for queued writes to be stored.
    pub(super) flush_now: AtomicBool,
    /// Notifies the background task of a queued write or a waiting request.
    pub(super) work: Notify,
    /// Notifies waiting requests that a write left the queue.
    pub(super) progress: Notify,
}

impl SharedState {
    pub(super) fn new(config: &OpenConfig, runtime: Handle) -> Result<Self, OpenError> {
        let options = &config.options;
        let queued_counts = Arc::<StripedCounters>::default();
        let limit = options.get("queue_entries", 1_000)?;
        let queue = Queue::new(limit, options.get("retries", 5)?, Arc::clone(&queued_counts));
        Ok(Self {
            queue: Mutex::new(queue),
            queued_counts,
            writes: WriteTracker::new(),
            clock: config.clock.clone(),
            batch: options.get("batch", 64_usize)?.max(1),
            linger: parse_millis(options, "linger_ms", 20)?,
            runtime,
            started: AtomicBool::new(false),
            flush_now: AtomicBool::new(false),
            work: Notify::new(),
            progress: Notify::new(),
        })
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the latest queued value of a key.
    #[inline]
    pub(super) fn latest(&self, key: Key) -> Option<Loaded> {
        if self.queued_counts.get(key).load(atomics::Ordering::Acquire) == 0 {
            return None;
        }
        self.queue().latest(key)
    }

    /// Stores queued writes without lingering until `done` returns true.
    pub(super) async fn flush_until(&self, done: impl Fn(&Queue) -> bool) {
        loop {
            let progress = self.progress.notified();
            tokio::pin!(progress);
            // Registered before the check, so that no notification is missed.
            progress.as_mut().enable();
            if done(&self.queue()) {
                return;
            }
            self.flush_now.store(true, Ordering::Release);
            self.work.notify_one();
            progress.await;
        }
    }

    /// Queues a write, waiting for space, and returns the guard of its write to the cache.
    ///
    /// Returns `None` if a newer value of the key is queued already.
    pub(super) async fn push(
        &self,
        mut value: Value,
        options: PutOptions,
    ) -> Option<WriteGuard<'_>> {
        let key = value.key;
        loop {
            let progress = self.progress.notified();
            tokio::pin!(progress);
            progress.as_mut().enable();
            let write = self.writes.begin(key);
            let pushed = self.queue().push(value, options, self.clock.now());
            self.work.notify_one();
            match pushed {
                PushOutcome::Queued => return Some(write),
                PushOutcome::Outdated => return None,
                PushOutcome::QueueFull(refused) => value = refused,
            }
            // A write that waits for space does not count as in progress.
            drop(write);
            progress.await;
        }
    }
}
