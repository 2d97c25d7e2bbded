//! Negative caching: remembers for a limited time that the origin has no row for a key.

use std::time::Duration;

use bakeoff_strategy::{
    Clock, ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read,
    RequestError, Source, Strategy, Value,
};

use crate::lossy_map::LossyMap;
use crate::open_inner::{open_inner, supports_virtual_clock};
use crate::options::parse_millis;
use crate::version_counters::VersionCounters;

const OPTIONS: &[&str] = &["absent_ms"];

/// Negative-caching layer: remembers absent rows for `absent_ms` (default 1,000).
///
/// During that time the key is not loaded again, unless it is put, written or removed. A row
/// created by another process stays invisible until the time is over.
pub struct NegativeCache<S> {
    inner: S,
    /// Time until which a key counts as absent, in milliseconds of the clock.
    absent_until: LossyMap,
    versions: VersionCounters,
    clock: Clock,
    absent_time: Duration,
}

impl<S: Strategy> NegativeCache<S> {
    fn now_ms(&self) -> u64 {
        self.clock.now().as_millis() as u64
    }

    fn mark_present(&self, key: Key) {
        self.versions.increment(key);
        self.absent_until.remove(key);
    }
}

impl<S: Strategy> Strategy for NegativeCache<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let absent_time = parse_millis(&config.options, "absent_ms", 1_000)?;
        Ok(Self {
            absent_until: LossyMap::for_capacity(config.capacity),
            versions: VersionCounters::new(),
            clock: config.clock.clone(),
            absent_time,
            inner: open_inner(config, OPTIONS).await?,
        })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.mark_present(key);
        self.inner.put(key, value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.mark_present(key);
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.versions.increment_all();
        self.absent_until.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        if self.absent_until.get(key).is_some_and(|until| self.now_ms() < until) {
            return Ok(Read { value: None, source: Source::Absent });
        }
        let version = self.versions.version(key);
        let read = self.inner.read(key, origin).await?;
        if read.source == Source::Absent {
            self.absent_until.set(key, self.now_ms() + self.absent_time.as_millis() as u64);
            // The row may have been created during the load.
            if self.versions.version(key) != version {
                self.absent_until.remove(key);
            }
        }
        Ok(read)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let written = self.inner.write(key, value, options, origin).await;
        self.mark_present(key);
        written
    }
}
