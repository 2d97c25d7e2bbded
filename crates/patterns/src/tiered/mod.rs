//! Two tiers: a small cache in this process, in front of one that all processes share.
//!
//! A hit in the far tier is promoted to the near one; a write updates both; a removal forgets
//! both. Within one process the near tier never lags behind what this process wrote. What
//! *another* process writes is seen near when the entry is evicted there, or when an
//! [`Invalidation`] brings the news: answers are fresh for one instance only.

mod error;
mod instance;
mod invalidation;
mod near;
mod split;
mod turns;

use std::convert::Infallible;
use std::sync::Arc;

use bakeoff_strategy::{
    Bound, Capacity, Key, Mode, OpenConfig, OpenError, Options, Origin, Properties, PutOptions,
    Read, RequestError, Snapshot, Source, Strategy, Value,
};
use futures_util::future::join_all;

pub use error::TieredError;
pub use instance::Instance;
pub use invalidation::{Change, Invalidation, Unheard};
pub use near::Nearby;
pub(crate) use near::{Near, now};
pub(crate) use turns::Seen;
use turns::Turn;

/// A near cache, which answers at once and cannot fail, in front of a far one; instances tell each
/// other of their writes by `I`.
pub struct Tiered<N, F, I = Unheard> {
    near: Arc<Near<N>>,
    far: F,
    invalidation: I,
}

/// Where a key was found.
enum Found {
    Tier(Value, u8),
    /// Nowhere, and this was seen before the far tier was asked.
    Missing(Seen),
}

impl Found {
    fn value(self) -> Option<Value> {
        match self {
            Self::Tier(value, _) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

impl<N, F, I> Tiered<N, F, I>
where
    N: Strategy<Error = Infallible>,
    F: Strategy,
    I: Invalidation<F>,
{
    /// What is held for a key, and in which tier; promoted from the far one.
    async fn find(&self, key: Key) -> Result<Found, TieredError<F::Error, I::Error>> {
        if let Some(value) = self.near.get(key)? {
            return Ok(Found::Tier(value, 0));
        }
        let seen = self.near.look(key);
        let Some(value) = self.far.get(key).await.map_err(TieredError::Far)? else {
            return Ok(Found::Missing(seen));
        };
        self.near.promote(key, seen, &value, PutOptions::default())?;
        Ok(Found::Tier(value, 1))
    }

    /// The same of several keys, the far tier asked once for all that are not near.
    async fn find_many(&self, keys: &[Key]) -> Result<Vec<Found>, TieredError<F::Error, I::Error>> {
        let mut found = Vec::with_capacity(keys.len());
        let mut away = Vec::new();
        for &key in keys {
            found.push(match self.near.get(key)? {
                Some(value) => Found::Tier(value, 0),
                None => {
                    let seen = self.near.look(key);
                    away.push((found.len(), key, seen));
                    Found::Missing(seen)
                }
            });
        }
        if away.is_empty() {
            return Ok(found);
        }
        let asked: Vec<Key> = away.iter().map(|&(_, key, _)| key).collect();
        let answers = self.far.get_many(&asked).await.map_err(TieredError::Far)?;
        for ((place, key, seen), answer) in away.into_iter().zip(answers) {
            if let Some(value) = answer {
                self.near.promote(key, seen, &value, PutOptions::default())?;
                found[place] = Found::Tier(value, 1);
            }
        }
        Ok(found)
    }

    /// What is answered to a read: what was found, or else what the origin has. A load that a write
    /// overtakes is answered, and not kept: it may be older than what is there.
    async fn answer<O: Origin>(
        &self,
        key: Key,
        found: Found,
        origin: &O,
    ) -> Result<Read, RequestError<TieredError<F::Error, I::Error>>> {
        let seen = match found {
            Found::Tier(value, tier) => {
                return Ok(Read { value: Some(value), source: Source::Hit { tier } });
            }
            Found::Missing(seen) => seen,
        };
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let read = Read { value: Some(loaded.value.clone()), source: Source::Loaded };
        let Some(turn) = self.near.begin_if_unchanged(key, seen) else { return Ok(read) };
        let stored = self.far.put(key, loaded.value.clone(), loaded.options).await;
        stored.map_err(|error| RequestError::Strategy(TieredError::Far(error)))?;
        // Nobody has to be told: what they hold is as new as this.
        self.keep(turn, key, loaded.value, loaded.options).map_err(RequestError::Strategy)?;
        Ok(read)
    }

    /// The far tier has a value: keeps it near as well.
    fn keep(
        &self,
        turn: Turn<'_>,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> Result<(), TieredError<F::Error, I::Error>> {
        if !I::ECHOES {
            self.near.finish(turn, key, value, options)?;
        }
        Ok(())
    }

    async fn tell(&self, change: Change) -> Result<(), TieredError<F::Error, I::Error>> {
        self.invalidation.tell(&self.far, change).await.map_err(TieredError::Untold)
    }
}

impl<N, F, I> Strategy for Tiered<N, F, I>
where
    N: Strategy<Error = Infallible>,
    F: Strategy,
    I: Invalidation<F>,
{
    type Error = TieredError<F::Error, I::Error>;

    const MODE: Mode = N::MODE.join(F::MODE);

    const PROPERTIES: Properties = Properties {
        bound: F::PROPERTIES.bound,
        shared: F::PROPERTIES.shared,
        persistent: F::PROPERTIES.persistent,
        ttl: N::PROPERTIES.ttl && F::PROPERTIES.ttl,
        thread_safe: N::PROPERTIES.thread_safe && F::PROPERTIES.thread_safe,
        fresh: N::PROPERTIES.fresh && F::PROPERTIES.fresh,
        // What is near is also far: where entries are counted, it holds fewer than both together.
        lossy: N::PROPERTIES.lossy
            || F::PROPERTIES.lossy
            || !matches!(F::PROPERTIES.bound, Bound::None | Bound::ServerMemory),
        eviction_batch: F::PROPERTIES.eviction_batch,
    };

    fn server_capacity(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        let split = split::split(Capacity::Entries(capacity_entries), options)?;
        Ok(split.far.entries().unwrap_or(capacity_entries))
    }

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { assert!(N::MODE.is_sync(), "the near tier has to answer at once") };
        let split = split::split(config.capacity, &config.options)?;
        let mut near = OpenConfig { capacity: Capacity::Entries(split.near), ..config.clone() };
        near.options = Options::default();
        let mut far = OpenConfig { capacity: split.far, ..config.clone() };
        far.options.0.retain(|name, _| !is_ours::<F, I>(name));
        let near = Arc::new(Near::new(N::open(&near).await?));
        let far = F::open(&far).await.map_err(with_our_options::<F, I>)?;
        let invalidation = I::listen(config, Arc::clone(&near) as Arc<dyn Nearby>).await?;
        Ok(Self { near, far, invalidation })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        Ok(self.find(key).await?.value())
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let turn = self.near.begin(key)?;
        self.far.put(key, value.clone(), options).await.map_err(TieredError::Far)?;
        self.tell(Change::Key(key)).await?;
        self.keep(turn, key, value, options)
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let turn = self.near.begin(key)?;
        self.far.remove(key).await.map_err(TieredError::Far)?;
        self.tell(Change::Key(key)).await?;
        drop(turn);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let turns = self.near.begin_all()?;
        self.far.clear().await.map_err(TieredError::Far)?;
        self.tell(Change::All).await?;
        drop(turns);
        Ok(())
    }

    /// Entries of the far tier. The near one's are mostly among them; see
    /// [`Snapshot::tier_entries`].
    async fn len(&self) -> Result<u64, Self::Error> {
        self.far.len().await.map_err(TieredError::Far)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        now(self.near.cache.settle())?;
        self.far.settle().await.map_err(TieredError::Far)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        let near = now(self.near.cache.snapshot())?;
        let far = self.far.snapshot().await.map_err(TieredError::Far)?;
        Ok(Snapshot {
            bytes: near.bytes.zip(far.bytes).map(|(near, far)| near + far),
            // What leaves the near tier is still in the far one.
            evictions: far.evictions,
            tier_entries: vec![now(self.near.cache.len())?, self.len().await?],
        })
    }

    async fn close(&self) -> Result<(), Self::Error> {
        now(self.near.cache.close())?;
        self.far.close().await.map_err(TieredError::Far)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Self::Error> {
        Ok(self.find_many(keys).await?.into_iter().map(Found::value).collect())
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<Self::Error>> {
        let found = self.find(key).await.map_err(RequestError::Strategy)?;
        self.answer(key, found, origin).await
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<Self::Error>> {
        let found = self.find_many(keys).await.map_err(RequestError::Strategy)?;
        let answers = keys.iter().zip(found).map(|(&key, found)| self.answer(key, found, origin));
        join_all(answers).await.into_iter().collect()
    }
}

/// Whether an option is one of the split or of the invalidation.
fn is_ours<F, I: Invalidation<F>>(name: &str) -> bool {
    [split::SHARE, split::ENTRIES].contains(&name) || I::OPTIONS.contains(&name)
}

/// Names our own options beside the far tier's, where an unknown one was given.
fn with_our_options<F, I: Invalidation<F>>(error: OpenError) -> OpenError {
    match error {
        OpenError::UnknownOption { name, known } => {
            let mut ours = vec![split::SHARE, split::ENTRIES];
            ours.extend(I::OPTIONS);
            OpenError::UnknownOption { name, known: format!("{}, {known}", ours.join(", ")) }
        }
        other => other,
    }
}
