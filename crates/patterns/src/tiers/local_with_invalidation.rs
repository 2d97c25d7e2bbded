//! In-process cache with invalidation messages from other instances.
//!
//! The cache loads from the origin directly, without a shared cache in between.

use std::convert::Infallible;
use std::sync::Arc;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Options, Origin, Properties, PutOptions, Read,
    RequestError, Snapshot, Source, Strategy, Value,
};

use super::error::TieredError;
use super::l1::{L1, ready_value};
use crate::invalidation::{ChangedKeys, Invalidation, InvalidationTarget};
use crate::open_inner::open_inner;
use crate::options;

/// In-process cache `N`, kept consistent across instances by the invalidation channel `I`.
///
/// A load that overlaps a write (local, or announced by another instance) returns its value but
/// does not store it. Read-your-writes does not hold across instances.
pub struct LocalWithInvalidation<N, I: Invalidation<()>> {
    l1: Arc<L1<N>>,
    invalidation: I,
}

impl<N, I> LocalWithInvalidation<N, I>
where
    N: Strategy<Error = Infallible>,
    I: Invalidation<()>,
{
    async fn publish(&self, change: ChangedKeys) -> Result<(), TieredError<Infallible, I::Error>> {
        self.invalidation.publish(&(), change).await.map_err(TieredError::NotPublished)
    }
}

impl<N, I> Strategy for LocalWithInvalidation<N, I>
where
    N: Strategy<Error = Infallible>,
    I: Invalidation<()>,
{
    type Error = TieredError<Infallible, I::Error>;

    // The invalidation channel is asynchronous.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = N::PROPERTIES;

    fn server_capacity(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        N::server_capacity(capacity_entries, &options::without(options, I::OPTIONS))
    }

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const {
            assert!(
                N::MODE.is_sync(),
                "use a strategy in ExecutionMode::Sync as the in-process cache"
            )
        };
        let l1 = Arc::new(L1::new(open_inner(config, I::OPTIONS).await?));
        let target = Arc::clone(&l1) as Arc<dyn InvalidationTarget>;
        let invalidation = I::subscribe(config, target).await?;
        Ok(Self { l1, invalidation })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        Ok(self.l1.get(key)?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let guard = self.l1.begin(key)?;
        self.publish(ChangedKeys::Key(key)).await?;
        if !I::DELIVERS_OWN_WRITES {
            self.l1.finish(guard, key, value, options)?;
        }
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let guard = self.l1.begin(key)?;
        self.publish(ChangedKeys::Key(key)).await?;
        drop(guard);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let guards = self.l1.begin_all()?;
        self.publish(ChangedKeys::All).await?;
        drop(guards);
        Ok(())
    }

    async fn len(&self) -> Result<u64, Self::Error> {
        Ok(ready_value(self.l1.cache.len())?)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        Ok(ready_value(self.l1.cache.settle())?)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        Ok(ready_value(self.l1.cache.snapshot())?)
    }

    async fn close(&self) -> Result<(), Self::Error> {
        Ok(ready_value(self.l1.cache.close())?)
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<Self::Error>> {
        let pending = |error| RequestError::Strategy(TieredError::Pending(error));
        if let Some(value) = self.l1.get(key).map_err(pending)? {
            return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
        }
        let before = self.l1.epoch_snapshot(key);
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        self.l1.promote(key, before, &loaded.value, loaded.options).map_err(pending)?;
        Ok(Read { value: Some(loaded.value), source: Source::Loaded })
    }
}
