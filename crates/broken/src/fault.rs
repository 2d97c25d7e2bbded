//! A fault: one deviation from a sound strategy.

use std::sync::Arc;

use bakeoff_strategy::{
    Bound, Capacity, Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read,
    ReadError, Snapshot, Source, Strategy, Value,
};

use crate::store::Store;

/// What a broken strategy says when it refuses to do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused on purpose")]
pub struct Refused;

/// One deviation; every function that is not overridden is sound.
pub trait Fault: Default + Send + Sync + 'static {
    /// The rule that has to catch it.
    const RULE: &'static str;

    /// Other rules that see it as well, `model` and `model-when-full` apart, which may see any.
    const ALSO: &'static [&'static str] = &[];

    /// What the strategy declares.
    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        shared: false,
        persistent: false,
        ttl: true,
        thread_safe: true,
        fresh: true,
        lossy: false,
        evicts: "first in, first out",
    };

    /// Whether `snapshot` pends although the strategy is declared immediate.
    const PENDS: bool = false;

    /// Looks at what the strategy is opened with.
    ///
    /// # Errors
    /// What `open` is to fail with.
    fn open(config: &OpenConfig, _store: &Arc<Store>) -> Result<Self, OpenError> {
        config.options.only(&[]).map(|()| Self::default())
    }

    /// The capacity that is really kept.
    fn capacity(asked: Capacity) -> Capacity {
        asked
    }

    /// See [`Strategy::get`].
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(key)
    }

    /// See [`Strategy::put`].
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, options);
    }

    /// See [`Strategy::remove`].
    fn remove(&self, store: &Store, key: Key) {
        store.remove(key);
    }

    /// See [`Strategy::clear`].
    fn clear(&self, store: &Store) {
        store.clear();
    }

    /// See [`Strategy::len`].
    fn len(&self, store: &Store) -> u64 {
        store.len()
    }

    /// See [`Snapshot::evictions`].
    fn evictions(&self, store: &Store) -> u64 {
        store.evictions()
    }

    /// See [`Strategy::get_many`].
    fn get_many(&self, store: &Store, keys: &[Key]) -> Vec<Option<Value>> {
        keys.iter().map(|&key| self.get(store, key)).collect()
    }

    /// See [`Strategy::close`].
    ///
    /// # Errors
    /// Where the fault is to refuse.
    fn close(&self) -> Result<(), Refused> {
        Ok(())
    }

    /// See [`Strategy::read`].
    fn read<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, ReadError<Refused>>> + Send {
        cache_aside(cache, key, origin)
    }

    /// See [`Strategy::write`].
    fn write<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), ReadError<Refused>>> + Send {
        async move {
            origin.store(key, value.clone()).await?;
            cache.put(key, value, options).await.map_err(ReadError::Strategy)
        }
    }
}

/// A sound read, for faults that spoil a part of it.
pub(crate) async fn cache_aside<F: Fault, O: Origin>(
    cache: &Broken<F>,
    key: Key,
    origin: &O,
) -> Result<Read, ReadError<Refused>> {
    if let Some(value) = cache.get(key).await.map_err(ReadError::Strategy)? {
        return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
    }
    let Some(loaded) = origin.load(key).await? else {
        return Ok(Read { value: None, source: Source::Absent });
    };
    let value = Some(loaded.value.clone());
    cache.put(key, loaded.value, loaded.options).await.map_err(ReadError::Strategy)?;
    Ok(Read { value, source: Source::Loaded })
}

/// A strategy with one fault.
#[derive(Debug)]
pub struct Broken<F> {
    fault: F,
    store: Arc<Store>,
}

impl<F: Fault> Strategy for Broken<F> {
    type Error = Refused;

    const MODE: Mode = Mode::Immediate;

    const PROPERTIES: Properties = F::PROPERTIES;

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let store = Arc::new(Store::new(F::capacity(config.capacity)));
        Ok(Self { fault: F::open(config, &store)?, store })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Refused> {
        Ok(self.fault.get(&self.store, key))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Refused> {
        self.fault.put(&self.store, key, value, options);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Refused> {
        self.fault.remove(&self.store, key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Refused> {
        self.fault.clear(&self.store);
        Ok(())
    }

    async fn len(&self) -> Result<u64, Refused> {
        Ok(self.fault.len(&self.store))
    }

    async fn snapshot(&self) -> Result<Snapshot, Refused> {
        if F::PENDS {
            std::future::pending::<()>().await;
        }
        Ok(Snapshot { evictions: Some(self.fault.evictions(&self.store)), ..Snapshot::default() })
    }

    async fn close(&self) -> Result<(), Refused> {
        self.fault.close()
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Refused> {
        Ok(self.fault.get_many(&self.store, keys))
    }

    fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, ReadError<Refused>>> + Send {
        F::read(self, key, origin)
    }

    fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), ReadError<Refused>>> + Send {
        F::write(self, key, value, options, origin)
    }
}
