//! Write-behind: a write is done when the cache has it; the origin gets it later, in batches.

mod flusher;
mod queue;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{
    Clock, Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions,
    Read, ReadError, Snapshot, Source, Strategy, Value,
};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::beneath;
use queue::Queue;

const OPTIONS: &[&str] = &["queue_entries", "batch", "linger_ms", "retries"];

/// A request that failed, or writes that the origin never got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteBehindError<E> {
    /// The strategy beneath.
    #[error(transparent)]
    Inner(#[from] E),
    /// Writes that had been acknowledged were refused by the origin, and given up.
    #[error("{writes} acknowledged writes were given up: {error}")]
    GivenUp {
        /// How many.
        writes: u64,
        /// What the origin said of the last one.
        error: OriginError,
    },
    /// It was opened outside a tokio runtime, where nothing could be written later.
    #[error("write-behind: opened outside a tokio runtime")]
    NoRuntime,
}

/// Writes wait in a queue of at most `queue_entries` keys (default 1,000; a writer that finds it
/// full waits). Of several writes of one key only the last is stored. A batch of up to `batch`
/// (default 64) goes to the origin once so many wait, or the oldest has waited `linger_ms`
/// (default 20); a refused write is tried `retries` times more (default 5). `settle` and `close`
/// wait for all of them, and report what was given up. What waits when the process dies is lost.
///
/// A key that waits is answered from the queue, evicted or not; removing it stores it first.
pub struct WriteBehind<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// What requests share with the task that stores.
struct Shared {
    queue: Mutex<Queue>,
    clock: Clock,
    batch: usize,
    linger: Duration,
    /// Where that task runs.
    runtime: Handle,
    begun: AtomicBool,
    /// Somebody waits for all that is queued.
    hurry: AtomicBool,
    /// There is something to store, or somebody is in a hurry.
    work: Notify,
    /// Something left the queue.
    progress: Notify,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `done` says so of the queue.
    async fn until(&self, done: impl Fn(&Queue) -> bool) {
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

    /// Takes a write in, waiting for room.
    async fn push(&self, mut value: Value, options: PutOptions) {
        loop {
            let progress = self.progress.notified();
            tokio::pin!(progress);
            progress.as_mut().enable();
            let pushed = self.queue().push(value, options, self.clock.now());
            self.work.notify_one();
            match pushed {
                Ok(()) => return,
                Err(refused) => value = refused,
            }
            progress.await;
        }
    }
}

/// An origin that has the queued writes already.
struct Ahead<'a, O> {
    origin: &'a O,
    shared: &'a Shared,
    /// Whether a load was answered from the queue.
    queued: AtomicBool,
}

impl<O: Origin> Origin for Ahead<'_, O> {
    forward_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let newest = self.shared.queue().newest(key);
        if newest.is_some() {
            self.queued.store(true, Ordering::Relaxed);
            return Ok(newest);
        }
        self.origin.load(key).await
    }
}

impl<S: Strategy> WriteBehind<S> {
    /// Waits until nothing of a key is queued: from now on somebody else says what it is.
    async fn store(&self, key: Key) {
        if self.shared.queue().holds(key) {
            self.shared.until(|queue| !queue.holds(key)).await;
        }
    }

    /// Waits until nothing is queued; what was given up on the way is an error.
    async fn flush(&self) -> Result<(), WriteBehindError<S::Error>> {
        self.shared.until(|queue| queue.len() == 0).await;
        match self.shared.queue().take_given_up() {
            None => Ok(()),
            Some((error, writes)) => Err(WriteBehindError::GivenUp { writes, error }),
        }
    }
}

fn inner<E>(error: ReadError<E>) -> ReadError<WriteBehindError<E>> {
    match error {
        ReadError::Strategy(error) => ReadError::Strategy(WriteBehindError::Inner(error)),
        ReadError::Origin(error) => ReadError::Origin(error),
        ReadError::Pending(pending) => ReadError::Pending(pending),
    }
}

impl<S: Strategy> Strategy for WriteBehind<S> {
    type Error = WriteBehindError<S::Error>;

    // Storing later takes a task, and a task a runtime.
    const MODE: Mode = Mode::Awaited;
    const PROPERTIES: Properties = S::PROPERTIES;
    const TAKES_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = true;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(service_entries);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let options = &config.options;
        let runtime = Handle::try_current()
            .map_err(|_| OpenError::Failed(WriteBehindError::<S::Error>::NoRuntime.to_string()))?;
        let queue = Queue::new(options.get("queue_entries", 1_000)?, options.get("retries", 5)?);
        let shared = Shared {
            queue: Mutex::new(queue),
            clock: config.clock.clone(),
            batch: options.get("batch", 64_usize)?.max(1),
            linger: beneath::milliseconds(options, "linger_ms", 20)?,
            runtime,
            begun: AtomicBool::new(false),
            hurry: AtomicBool::new(false),
            work: Notify::new(),
            progress: Notify::new(),
        };
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, shared: Arc::new(shared) })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        let value = self.inner.get(key).await?;
        Ok(value.or_else(|| self.shared.queue().newest(key).map(|queued| queued.value)))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        self.store(key).await;
        Ok(self.inner.put(key, value, options).await?)
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        self.store(key).await;
        Ok(self.inner.remove(key).await?)
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        self.shared.until(|queue| queue.len() == 0).await;
        Ok(self.inner.clear().await?)
    }

    async fn len(&self) -> Result<u64, Self::Error> {
        Ok(self.inner.len().await?)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        self.flush().await?;
        Ok(self.inner.settle().await?)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        Ok(self.inner.snapshot().await?)
    }

    async fn close(&self) -> Result<(), Self::Error> {
        let flushed = self.flush().await;
        self.inner.close().await?;
        flushed
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, ReadError<Self::Error>> {
        let ahead = Ahead { origin, shared: &self.shared, queued: AtomicBool::new(false) };
        let mut read = self.inner.read(key, &ahead).await.map_err(inner)?;
        if read.source == Source::Loaded && ahead.queued.into_inner() {
            read.source = Source::Hit { tier: 0 };
        }
        Ok(read)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), ReadError<Self::Error>> {
        if !self.shared.begun.swap(true, Ordering::AcqRel) {
            // The origin of the first write is that of all.
            let origin = origin.detach();
            let shared = Arc::downgrade(&self.shared);
            self.shared.runtime.spawn(flusher::run(shared, origin));
        }
        self.shared.push(value.clone(), options).await;
        let put = self.inner.put(key, value, options).await;
        put.map_err(|error| ReadError::Strategy(WriteBehindError::Inner(error)))
    }
}
