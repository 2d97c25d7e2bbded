//! Read-through: a load that overlaps a write is not cached.

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Strategy, Value,
};

use crate::open_inner::{open_inner, supports_virtual_clock};
use crate::version_counters::WriteTracker;

const OPTIONS: &[&str] = &[];

/// Read-through layer: returns but does not cache a load that overlaps a write of its key.
///
/// With cache-aside, a reader may load a value, be overtaken by a writer, and then replace the new
/// value in the cache by the old one. This layer detects such loads within the process and removes
/// their entries, like the leases of "Scaling Memcache at Facebook" (Nishtala et al., NSDI 2013).
/// It has no options.
pub struct ReadThrough<S> {
    inner: S,
    writes: WriteTracker,
}

impl<S: Strategy> Strategy for ReadThrough<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: open_inner(config, OPTIONS).await?, writes: WriteTracker::new() })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let _write = self.writes.begin(key);
        self.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _write = self.writes.begin(key);
        self.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _writes = self.writes.begin_all();
        self.inner.clear().await?;
        Ok(())
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let before = self.writes.counter_snapshot(key);
        let read = self.inner.read(key, origin).await?;
        if self.writes.cached_outdated(key, before, &read) {
            self.inner.remove(key).await.map_err(RequestError::Strategy)?;
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
        let _write = self.writes.begin(key);
        self.inner.write(key, value, options, origin).await
    }
}
