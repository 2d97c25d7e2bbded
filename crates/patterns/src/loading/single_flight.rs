//! Single flight: concurrent requests that miss the same key share one load.

use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{
    ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions,
    Read, RequestError, Source, Strategy, Value,
};

use super::in_flight::{InFlight, LoadRole};
use crate::open_inner::{open_inner, supports_virtual_clock};

const OPTIONS: &[&str] = &[];

/// Single-flight layer: at most one load per key at a time within the process.
///
/// A read that begins after a write or removal has returned never joins a load that began before
/// it, because that load may return the old value. The layer has no options.
pub struct SingleFlight<S> {
    inner: S,
    in_flight: InFlight,
}

/// Origin wrapper that shares loads with concurrent requests.
struct SharingOrigin<'a, O> {
    origin: &'a O,
    in_flight: &'a InFlight,
    joined: AtomicBool,
}

impl<O: Origin> Origin for SharingOrigin<'_, O> {
    // A spawned task does not share its load.
    delegate_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        loop {
            let load = match self.in_flight.join(key) {
                LoadRole::Leader(leader) => {
                    let result = self.origin.load(key).await;
                    leader.complete(&result);
                    return result;
                }
                LoadRole::Follower(load) => load,
            };
            // With a synchronous origin the leader is another thread, which never waits for this
            // one.
            let result =
                if const { O::MODE.is_sync() } { load.wait_blocking() } else { load.wait().await };
            if let Some(result) = result {
                self.joined.store(true, Ordering::Relaxed);
                return result;
            }
        }
    }
}

impl<S: Strategy> Strategy for SingleFlight<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: open_inner(config, OPTIONS).await?, in_flight: InFlight::new() })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.in_flight.detach(key);
        self.inner.put(key, value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.in_flight.detach(key);
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.in_flight.detach_all();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let origin =
            SharingOrigin { origin, in_flight: &self.in_flight, joined: AtomicBool::new(false) };
        let mut read = self.inner.read(key, &origin).await?;
        if read.source == Source::Loaded && origin.joined.into_inner() {
            read.source = Source::Joined;
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
        // Only after the commit: a load that began earlier may have read the old version.
        self.in_flight.detach(key);
        written
    }
}
