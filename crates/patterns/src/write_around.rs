//! Write-around: a write goes to the origin, and what the cache holds of it is thrown away.

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Strategy,
    Value,
};

use crate::beneath;

const OPTIONS: &[&str] = &[];

/// What is written is loaded by the next reader, if there is one: data that nobody reads takes no
/// room, and two writers cannot leave the older of two values. It has no options.
pub struct WriteAround<S> {
    inner: S,
}

impl<S: Strategy> Strategy for WriteAround<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, put, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: beneath::open(config, OPTIONS).await? })
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
        // Whether or not: an origin that failed may have committed all the same.
        self.inner.remove(key).await.map_err(RequestError::Strategy)?;
        Ok(stored?)
    }
}
