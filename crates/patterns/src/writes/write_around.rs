//! Write-around: a write goes to the origin and removes the key from the cache.

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Strategy, Value,
};

use crate::open_inner::{open_inner, supports_virtual_clock};

const OPTIONS: &[&str] = &[];

/// Write-around layer: written values are cached only when they are read.
///
/// Values that are never read take no space, and concurrent writers cannot leave the older of two
/// values in the cache. The layer has no options.
pub struct WriteAround<S> {
    inner: S,
}

impl<S: Strategy> Strategy for WriteAround<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, put, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: open_inner(config, OPTIONS).await? })
    }

    fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, RequestError<S::Error>>> + Send {
        self.inner.read(key, origin)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        _: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let stored = origin.store(key, value).await;
        // In any case: an origin that returns an error may have committed the value.
        self.inner.remove(key).await.map_err(RequestError::Strategy)?;
        Ok(stored?)
    }
}
