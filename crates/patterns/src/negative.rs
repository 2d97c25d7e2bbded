//! Negative caching: that the origin has no row is remembered for a while, too.

use std::time::Duration;

use bakeoff_strategy::{
    Clock, Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Source, Strategy, Value,
};

use crate::{Deadlines, Generations, beneath};

const OPTIONS: &[&str] = &["absent_ms"];

/// A key without a row is not asked for again for `absent_ms` (default 1,000) unless it is put,
/// written or removed meanwhile. A row that another process makes stays unseen for that long.
pub struct Negative<S> {
    inner: S,
    absent: Deadlines,
    changes: Generations,
    clock: Clock,
    remembered: Duration,
}

impl<S: Strategy> Negative<S> {
    fn now(&self) -> u64 {
        self.clock.now().as_millis() as u64
    }

    /// The key may have a row now.
    fn appears(&self, key: Key) {
        self.changes.bump(key);
        self.absent.forget(key);
    }
}

impl<S: Strategy> Strategy for Negative<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let remembered = beneath::milliseconds(&config.options, "absent_ms", 1_000)?;
        Ok(Self {
            absent: Deadlines::for_capacity(config.capacity),
            changes: Generations::new(),
            clock: config.clock.clone(),
            remembered,
            inner: beneath::open(config, OPTIONS).await?,
        })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.appears(key);
        self.inner.put(key, value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.appears(key);
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.changes.bump_all();
        self.absent.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        if self.absent.get(key).is_some_and(|until| self.now() < until) {
            return Ok(Read { value: None, source: Source::Absent });
        }
        let seen = self.changes.look(key);
        let read = self.inner.read(key, origin).await?;
        if read.source == Source::Absent {
            self.absent.set(key, self.now() + self.remembered.as_millis() as u64);
            // Somebody may have made the row while we were told that there is none.
            if self.changes.look(key) != seen {
                self.absent.forget(key);
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
        self.appears(key);
        written
    }
}
