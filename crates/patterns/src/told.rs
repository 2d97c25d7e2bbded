//! A cache in this process that hears what other instances write: no shared cache behind it, the
//! origin itself is next.

use std::convert::Infallible;
use std::sync::Arc;

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Options, Origin, Properties, PutOptions, Read, RequestError,
    Snapshot, Source, Strategy, Value,
};

use crate::beneath;
use crate::tiered::{Change, Invalidation, Near, Nearby, Seen, TieredError, now};

/// A near cache, which answers at once and cannot fail, with nothing behind it but the origin;
/// instances tell each other of their writes by `I`, whose options are the only ones it takes
/// itself.
///
/// A load that a write overtakes, here or in an instance that is heard of, is answered and not kept.
pub struct Told<N, I: Invalidation<()>> {
    near: Arc<Near<N>>,
    invalidation: I,
}

impl<N, I> Told<N, I>
where
    N: Strategy<Error = Infallible>,
    I: Invalidation<()>,
{
    async fn tell(&self, change: Change) -> Result<(), TieredError<Infallible, I::Error>> {
        self.invalidation.tell(&(), change).await.map_err(TieredError::Untold)
    }

    /// What is held, or what was seen before the origin is asked.
    fn find(&self, key: Key) -> Result<Result<Value, Seen>, TieredError<Infallible, I::Error>> {
        let held = self.near.get(key)?;
        Ok(held.ok_or_else(|| self.near.look(key)))
    }
}

impl<N, I> Strategy for Told<N, I>
where
    N: Strategy<Error = Infallible>,
    I: Invalidation<()>,
{
    type Error = TieredError<Infallible, I::Error>;

    // Telling others takes a channel.
    const MODE: Mode = Mode::Async;
    // In two instances nobody reads his own write of the other one for certain.
    const PROPERTIES: Properties = N::PROPERTIES;

    fn server_capacity(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        N::server_capacity(capacity_entries, &beneath::without(options, I::OPTIONS))
    }

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { assert!(N::MODE.is_sync(), "the near tier has to answer at once") };
        let near = Arc::new(Near::new(beneath::open(config, I::OPTIONS).await?));
        let invalidation = I::listen(config, Arc::clone(&near) as Arc<dyn Nearby>).await?;
        Ok(Self { near, invalidation })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        Ok(self.near.get(key)?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let turn = self.near.begin(key)?;
        self.tell(Change::Key(key)).await?;
        if !I::ECHOES {
            self.near.finish(turn, key, value, options)?;
        }
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let turn = self.near.begin(key)?;
        self.tell(Change::Key(key)).await?;
        drop(turn);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let turns = self.near.begin_all()?;
        self.tell(Change::All).await?;
        drop(turns);
        Ok(())
    }

    async fn len(&self) -> Result<u64, Self::Error> {
        Ok(now(self.near.cache.len())?)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        Ok(now(self.near.cache.settle())?)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        Ok(now(self.near.cache.snapshot())?)
    }

    async fn close(&self) -> Result<(), Self::Error> {
        Ok(now(self.near.cache.close())?)
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<Self::Error>> {
        let seen = match self.find(key).map_err(RequestError::Strategy)? {
            Ok(value) => {
                return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
            }
            Err(seen) => seen,
        };
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        self.near
            .promote(key, seen, &loaded.value, loaded.options)
            .map_err(|pending| RequestError::Strategy(pending.into()))?;
        Ok(Read { value: Some(loaded.value), source: Source::Loaded })
    }
}
