//! What requests share with the task that stores.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{Clock, Key, Loaded, OpenConfig, OpenError, PutOptions, Value};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::queue::{Pushed, Queue};
use crate::stripes::Stripes;
use crate::{Changes, Changing, beneath, sync};

pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// How many queued keys share each word: most reads see in one that theirs is none of them.
    counts: Arc<Stripes>,
    /// Changes of what the cache beneath holds.
    pub(super) changes: Changes,
    pub(super) clock: Clock,
    pub(super) batch: usize,
    pub(super) linger: Duration,
    /// Where the task runs that stores.
    pub(super) runtime: Handle,
    pub(super) begun: AtomicBool,
    /// Somebody waits for all that is queued.
    pub(super) hurry: AtomicBool,
    /// There is something to store, or somebody is in a hurry.
    pub(super) work: Notify,
    /// Something left the queue.
    pub(super) progress: Notify,
}

impl Shared {
    pub(super) fn new(config: &OpenConfig, runtime: Handle) -> Result<Self, OpenError> {
        let options = &config.options;
        let counts = Arc::<Stripes>::default();
        let limit = options.get("queue_entries", 1_000)?;
        let queue = Queue::new(limit, options.get("retries", 5)?, Arc::clone(&counts));
        Ok(Self {
            queue: Mutex::new(queue),
            counts,
            changes: Changes::new(),
            clock: config.clock.clone(),
            batch: options.get("batch", 64_usize)?.max(1),
            linger: beneath::milliseconds(options, "linger_ms", 20)?,
            runtime,
            begun: AtomicBool::new(false),
            hurry: AtomicBool::new(false),
            work: Notify::new(),
            progress: Notify::new(),
        })
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest value of a key that the origin does not have yet.
    #[inline]
    pub(super) fn newest(&self, key: Key) -> Option<Loaded> {
        if self.counts.of(key).load(sync::Ordering::Acquire) == 0 {
            return None;
        }
        self.queue().newest(key)
    }

    /// Waits until `done` says so of the queue.
    pub(super) async fn until(&self, done: impl Fn(&Queue) -> bool) {
        loop {
            let progress = self.progress.notified();
            tokio::pin!(progress);
            // Before the look, so that no progress falls between.
            progress.as_mut().enable();
            if done(&self.queue()) {
                return;
            }
            self.hurry.store(true, Ordering::Release);
            self.work.notify_one();
            progress.await;
        }
    }

    /// Takes a write in, waiting for room; the change of its key that begins with it. `None`: a
    /// newer value waits already.
    pub(super) async fn push(&self, mut value: Value, options: PutOptions) -> Option<Changing<'_>> {
        let key = value.key;
        loop {
            let progress = self.progress.notified();
            tokio::pin!(progress);
            progress.as_mut().enable();
            let changing = self.changes.begin(key);
            let pushed = self.queue().push(value, options, self.clock.now());
            self.work.notify_one();
            match pushed {
                Pushed::Waits => return Some(changing),
                Pushed::IsOlder => return None,
                Pushed::NoRoom(refused) => value = refused,
            }
            // Nothing changes while it waits for room.
            drop(changing);
            progress.await;
        }
    }
}
