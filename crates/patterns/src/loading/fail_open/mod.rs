//! Fail open: while the cache is unavailable, a limited number of reads go to the origin.

mod pending_invalidations;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions,
    Read, RequestError, Source, Strategy, Value,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::open_inner::{open_inner, supports_virtual_clock};
use crate::options::parse_millis;
use pending_invalidations::PendingInvalidations;

const OPTIONS: &[&str] = &["fallback_loads", "fallback_wait_ms"];

/// Fail-open layer: answers a read from the origin if the cache fails.
///
/// At most `fallback_loads` reads (default 20) load from the origin at once. A read that waits for
/// its turn longer than `fallback_wait_ms` (default 100) returns the cache's error, so that an
/// outage of the cache does not overload the origin.
///
/// If a write reaches the origin but not the cache, it succeeds, and the invalidation of its key
/// becomes pending. Until the cache has removed the key, this instance reads the key from the
/// origin. Each request that the cache serves again completes one pending invalidation. Other
/// instances may read the outdated entry meanwhile. While 10,000 invalidations are pending, writes
/// of further keys fail if the cache does.
pub struct FailOpen<S> {
    inner: S,
    pending: PendingInvalidations,
    loads: Semaphore,
    max_wait: Duration,
}

/// Origin wrapper that records the results of its last load and store.
struct RecordingOrigin<'a, O> {
    origin: &'a O,
    /// Loaded value; the outer `None` means that there was no successful load.
    loaded: Mutex<Option<Option<Value>>>,
    stored: AtomicBool,
}

impl<'a, O> RecordingOrigin<'a, O> {
    fn new(origin: &'a O) -> Self {
        Self { origin, loaded: Mutex::default(), stored: AtomicBool::new(false) }
    }

    fn loaded(self) -> Option<Option<Value>> {
        self.loaded.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Origin> Origin for RecordingOrigin<'_, O> {
    const MODE: ExecutionMode = O::MODE;
    type Detached = O::Detached;

    fn detach(&self) -> O::Detached {
        self.origin.detach()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let loaded = self.origin.load(key).await?;
        let value = loaded.as_ref().map(|loaded| loaded.value.clone());
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(loaded)
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        self.origin.store(key, value).await?;
        self.stored.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn read_from_origin(value: Option<Value>) -> Read {
    let source = if value.is_some() { Source::Loaded } else { Source::Absent };
    Read { value, source }
}

impl<S: Strategy> FailOpen<S> {
    /// Loads from the origin, or returns the cache's `error` if other loads occupy the limit for
    /// too long.
    async fn fall_back<O: Origin>(
        &self,
        key: Key,
        origin: &O,
        error: S::Error,
    ) -> Result<Read, RequestError<S::Error>> {
        let Ok(Ok(_permit)) = timeout(self.max_wait, self.loads.acquire()).await else {
            return Err(RequestError::Strategy(error));
        };
        let loaded = origin.load(key).await?;
        Ok(read_from_origin(loaded.map(|loaded| loaded.value)))
    }

    /// Removes a key from the cache if its invalidation is pending.
    async fn invalidate_if_pending(&self, key: Key) -> Result<(), S::Error> {
        if let Some(ticket) = self.pending.get(key) {
            self.inner.remove(key).await?;
            self.pending.complete(key, ticket);
        }
        Ok(())
    }

    /// Completes one pending invalidation, if there is any and the cache is available.
    async fn complete_one(&self) {
        if let Some((key, ticket)) = self.pending.any()
            && self.inner.remove(key).await.is_ok()
        {
            self.pending.complete(key, ticket);
        }
    }

    /// Adds a pending invalidation for a change that the cache did not accept.
    ///
    /// Returns `error` if too many are pending.
    fn add_pending(&self, key: Key, error: S::Error) -> Result<(), S::Error> {
        if self.pending.add(key) { Ok(()) } else { Err(error) }
    }
}

impl<S: Strategy> Strategy for FailOpen<S> {
    type Error = S::Error;

    // Waiting for a turn needs a runtime.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let loads = config.options.in_range("fallback_loads", 20, 1..=Semaphore::MAX_PERMITS)?;
        let max_wait = parse_millis(&config.options, "fallback_wait_ms", 100)?;
        let inner = open_inner(config, OPTIONS).await?;
        let pending = PendingInvalidations::new();
        Ok(Self { inner, pending, loads: Semaphore::new(loads), max_wait })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        self.invalidate_if_pending(key).await?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, S::Error> {
        for &key in keys {
            self.invalidate_if_pending(key).await?;
        }
        self.inner.get_many(keys).await
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.invalidate_if_pending(key).await.or_else(|error| self.add_pending(key, error))?;
        match self.inner.put(key, value, options).await {
            Ok(()) => Ok(()),
            // The cache may still hold an older value.
            Err(error) => self.add_pending(key, error),
        }
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        match self.inner.remove(key).await {
            Ok(()) => Ok(()),
            Err(error) => self.add_pending(key, error),
        }
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let pending = self.pending.all();
        self.inner.clear().await?;
        for (key, ticket) in pending {
            self.pending.complete(key, ticket);
        }
        Ok(())
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        if let Err(error) = self.invalidate_if_pending(key).await {
            return self.fall_back(key, origin, error).await;
        }
        let recording = RecordingOrigin::new(origin);
        match self.inner.read(key, &recording).await {
            Err(RequestError::Strategy(error)) => match recording.loaded() {
                // The cache failed after the load, when it put the value.
                Some(loaded) => Ok(read_from_origin(loaded)),
                None => self.fall_back(key, origin, error).await,
            },
            Err(error) => Err(error),
            Ok(read) => {
                self.complete_one().await;
                Ok(read)
            }
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let recording = RecordingOrigin::new(origin);
        let written = self.inner.write(key, value.clone(), options, &recording).await;
        let Err(RequestError::Strategy(error)) = written else { return written };
        if !recording.stored.into_inner() {
            origin.store(key, value).await?;
        }
        self.add_pending(key, error).map_err(RequestError::Strategy)
    }
}
