//! Write-behind: a write is done when the cache has it; the origin gets it later, in batches.

mod ahead;
mod flusher;
mod queue;
mod shared;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Snapshot, Source, Strategy, Value,
};
use tokio::runtime::Handle;

use crate::beneath;
use ahead::Ahead;
use shared::Shared;

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
/// (default 20); a write that is refused, or whose store panics, is tried `retries` times more
/// (default 5). `settle` and `close` wait for all of them, and report what was given up. What waits
/// when the process dies is lost.
///
/// A key that waits is answered from the queue, whatever the cache has of it; removing it stores it
/// first. A load that a write overtakes is answered from the queue while the write waits there, and
/// not kept; of two writes of a key at once the cache keeps neither.
///
/// Layers that ask the origin by themselves belong inside: round this one they would ask an origin
/// that does not have yet what was acknowledged. So it is
///
/// ```
/// # use bakeoff_patterns::{Swr, WriteBehind};
/// # use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
/// # use bakeoff_variant_dict::Dict;
/// # let config = OpenConfig::with_capacity(Capacity::Unbounded);
/// let opened = poll_once(WriteBehind::<Swr<Dict>>::open(&config));
/// ```
///
/// and this does not compile:
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
    shared: Arc<Shared>,
}

impl<S: Strategy> WriteBehind<S> {
    /// Waits until nothing of a key is queued: from now on somebody else says what it is.
    async fn store(&self, key: Key) {
        if self.shared.newest(key).is_some() {
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

fn strategy<E>(error: E) -> RequestError<WriteBehindError<E>> {
    RequestError::Strategy(WriteBehindError::Inner(error))
}

fn inner<E>(error: RequestError<E>) -> RequestError<WriteBehindError<E>> {
    match error {
        RequestError::Strategy(error) => strategy(error),
        RequestError::Origin(error) => RequestError::Origin(error),
        RequestError::Pending(pending) => RequestError::Pending(pending),
    }
}

impl<S: Strategy> Strategy for WriteBehind<S> {
    type Error = WriteBehindError<S::Error>;

    // Storing later takes a task, and a task a runtime.
    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = true;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let runtime = Handle::try_current()
            .map_err(|_| OpenError::Failed(WriteBehindError::<S::Error>::NoRuntime.to_string()))?;
        let shared = Arc::new(Shared::new(config, runtime)?);
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, shared })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        if let Some(queued) = self.shared.newest(key) {
            return Ok(Some(queued.value));
        }
        Ok(self.inner.get(key).await?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let _changing = self.shared.changes.begin(key);
        self.store(key).await;
        self.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let _changing = self.shared.changes.begin(key);
        self.store(key).await;
        self.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let _changing = self.shared.changes.begin_all();
        self.shared.until(|queue| queue.len() == 0).await;
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
        if let Some(queued) = self.shared.newest(key) {
            return Ok(Read { value: Some(queued.value), source: Source::Hit { tier: 0 } });
        }
        let looked = self.shared.changes.look(key);
        let ahead = Ahead::new(origin, &self.shared);
        let mut read = self.inner.read(key, &ahead).await.map_err(inner)?;
        if self.shared.changes.overtook(key, looked, &read) {
            self.inner.remove(key).await.map_err(strategy)?;
        }
        if read.source == Source::Loaded && ahead.was_queued() {
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
        if !self.shared.begun.swap(true, Ordering::AcqRel) {
            // The origin of the first write is that of all.
            let origin = origin.detach();
            let shared = Arc::downgrade(&self.shared);
            self.shared.runtime.spawn(flusher::run(shared, origin));
        }
        let Some(changing) = self.shared.push(value.clone(), options).await else { return Ok(()) };
        self.inner.put(key, value, options).await.map_err(strategy)?;
        // Two writers may come here in the other order than into the queue.
        if !changing.is_alone() {
            self.inner.remove(key).await.map_err(strategy)?;
        }
        Ok(())
    }
}
