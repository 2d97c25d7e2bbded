//! Read-through: the cache itself loads, and so can see to it that a load which a write has
//! overtaken does not stay.

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Strategy,
    Value,
};

use crate::{Changes, beneath};

const OPTIONS: &[&str] = &[];

/// In cache-aside a reader may load, be overtaken by a writer, and then put the old value over the
/// new one, where it stays until something removes it. Here a load that crossed a write or removal
/// of its key in this process, the reader's own or one that it joined, is answered, and not kept:
/// the idea of the leases in "Scaling Memcache at Facebook" (Nishtala and others, NSDI 2013). It has
/// no options.
pub struct ReadThrough<S> {
    inner: S,
    changes: Changes,
}

impl<S: Strategy> Strategy for ReadThrough<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, changes: Changes::new() })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let _changing = self.changes.begin(key);
        self.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _changing = self.changes.begin(key);
        self.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _changing = self.changes.begin_all();
        self.inner.clear().await?;
        Ok(())
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let seen = self.changes.look(key);
        let read = self.inner.read(key, origin).await?;
        if self.changes.overtook(key, seen, &read) {
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
        let _changing = self.changes.begin(key);
        self.inner.write(key, value, options, origin).await
    }
}
