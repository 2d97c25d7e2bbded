//! Write-behind: a write returns when the cache has the value, and the origin receives it later, in
//! a batch.

mod flusher;
mod queue;
mod queue_first_origin;
mod shared;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Snapshot, Source, Strategy, Value,
};
use tokio::runtime::Handle;

use crate::open_inner::{open_inner, supports_virtual_clock};
use queue_first_origin::QueueFirstOrigin;
use shared::SharedState;

const OPTIONS: &[&str] = &["queue_entries", "batch", "linger_ms", "retries"];

/// Failure of a request, or loss of acknowledged writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteBehindError<E> {
    /// The inner strategy failed.
    #[error(transparent)]
    Inner(#[from] E),
    /// The origin refused acknowledged writes too often.
    #[error("cannot store {writes} acknowledged writes, which are lost: {error}")]
    GivenUp {
        /// Number of lost writes.
        writes: u64,
        /// Error of the last lost write.
        error: OriginError,
    },
    /// The layer was opened outside a tokio runtime, which its background task needs.
    #[error("cannot open write-behind: it needs a tokio runtime; open it inside one")]
    NoRuntime,
}

/// Write-behind layer: queues writes and stores them in the origin in batches.
///
/// - The queue holds at most `queue_entries` keys (default 1,000); writers wait while it is full.
///   Several queued writes of one key are stored as one.
/// - A batch is stored when `batch` writes (default 64) are queued, or when the oldest has waited
///   for `linger_ms` (default 20). A failed store is retried `retries` times (default 5).
/// - [`settle`](Strategy::settle) and [`close`](Strategy::close) wait until the queue is empty and
///   report writes that were given up. Writes that are queued when the process dies are lost.
/// - Reads of a queued key return the queued value. Removing a queued key stores it first.
/// - A load that overlaps a write is not cached, and neither are two concurrent writes of one key.
///
/// Layers that load from the origin directly must be inside this layer, because the origin does not
/// have queued writes yet. This compiles:
///
/// ```
/// # use bakeoff_patterns::{Swr, WriteBehind};
/// # use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
/// # use bakeoff_variant_dict::Dict;
/// # let config = OpenConfig::with_capacity(Capacity::Unbounded);
/// let opened = poll_once(WriteBehind::<Swr<Dict>>::open(&config));
/// ```
///
/// This does not compile:
///
/// ```compile_fail,E0080
/// # use bakeoff_patterns::{Swr, WriteBehind};
/// # use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
/// # use bakeoff_variant_dict::Dict;
/// # let config = OpenConfig::with_capacity(Capacity::Unbounded);
/// let opened = poll_once(Swr::<WriteBehind<Dict>>::open(&config));
/// ```
pub struct WriteBehind<S> {
    inner: S,
    shared: Arc<SharedState>,
}

impl<S: Strategy> WriteBehind<S> {
    /// Waits until the key is not queued.
    async fn flush_key(&self, key: Key) {
        if self.shared.latest(key).is_some() {
            self.shared.flush_until(|queue| !queue.contains(key)).await;
        }
    }

    /// Waits until the queue is empty; fails if writes were given up.
    async fn flush(&self) -> Result<(), WriteBehindError<S::Error>> {
        self.shared.flush_until(|queue| queue.len() == 0).await;
        match self.shared.queue().take_given_up() {
            None => Ok(()),
            Some((error, writes)) => Err(WriteBehindError::GivenUp { writes, error }),
        }
    }
}

fn inner_error<E>(error: E) -> RequestError<WriteBehindError<E>> {
    RequestError::Strategy(WriteBehindError::Inner(error))
}

fn map_error<E>(error: RequestError<E>) -> RequestError<WriteBehindError<E>> {
    match error {
        RequestError::Strategy(error) => inner_error(error),
        RequestError::Origin(error) => RequestError::Origin(error),
        RequestError::Pending(pending) => RequestError::Pending(pending),
    }
}

impl<S: Strategy> Strategy for WriteBehind<S> {
    type Error = WriteBehindError<S::Error>;

    // The background task needs a runtime.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = true;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let runtime = Handle::try_current()
            .map_err(|_| OpenError::Failed(WriteBehindError::<S::Error>::NoRuntime.to_string()))?;
        let shared = Arc::new(SharedState::new(config, runtime)?);
        Ok(Self { inner: open_inner(config, OPTIONS).await?, shared })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        if let Some(queued) = self.shared.latest(key) {
            return Ok(Some(queued.value));
        }
        Ok(self.inner.get(key).await?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let _write = self.shared.writes.begin(key);
        self.flush_key(key).await;
        self.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let _write = self.shared.writes.begin(key);
        self.flush_key(key).await;
        self.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let _write = self.shared.writes.begin_all();
        self.shared.flush_until(|queue| queue.len() == 0).await;
        self.inner.clear().await?;
        Ok(())
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

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<Self::Error>> {
        if let Some(queued) = self.shared.latest(key) {
            return Ok(Read { value: Some(queued.value), source: Source::Hit { tier: 0 } });
        }
        let before = self.shared.writes.counter_snapshot(key);
        let queue_first = QueueFirstOrigin::new(origin, &self.shared);
        let mut read = self.inner.read(key, &queue_first).await.map_err(map_error)?;
        if self.shared.writes.cached_outdated(key, before, &read) {
            self.inner.remove(key).await.map_err(inner_error)?;
        }
        if read.source == Source::Loaded && queue_first.was_queued() {
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
    ) -> Result<(), RequestError<Self::Error>> {
        if !self.shared.started.swap(true, Ordering::AcqRel) {
            // All writes use the origin of the first write.
            let origin = origin.detach();
            let shared = Arc::downgrade(&self.shared);
            self.shared.runtime.spawn(flusher::run(shared, origin));
        }
        let Some(write) = self.shared.push(value.clone(), options).await else { return Ok(()) };
        self.inner.put(key, value, options).await.map_err(inner_error)?;
        // Concurrent writers may update the cache in a different order than the queue.
        if !write.was_exclusive() {
            self.inner.remove(key).await.map_err(inner_error)?;
        }
        Ok(())
    }
}
