//! Two tiers: a small in-process cache (L1) in front of a cache shared by all processes (L2).
//!
//! A hit in L2 is promoted to L1. A write updates both tiers, a removal removes from both. Within
//! one process, L1 is never behind that process's writes. A write of another process becomes
//! visible when L1 evicts the entry or receives an [`Invalidation`].

use std::convert::Infallible;
use std::sync::Arc;

use bakeoff_strategy::{
    Bound, Capacity, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Options, Origin,
    Properties, PutOptions, Read, RequestError, Snapshot, Source, Strategy, Value,
};
use futures_util::future::join_all;

use super::capacity_split::{self, split};
use super::error::TieredError;
use super::l1::{L1, ready_value};
use super::write_epochs::{EpochGuard, EpochSnapshot};
use crate::invalidation::{ChangedKeys, Invalidation, InvalidationTarget, NoInvalidation};
use crate::options;

/// In-process cache `N` in front of a shared cache `F`, kept consistent across instances by the
/// invalidation channel `I`.
///
/// The option `l1_share` (default 0.1) or `l1_entries` sets the size of the first tier. `N` must be
/// in [`ExecutionMode::Sync`]. Answers are fresh within one instance only.
pub struct Tiered<N, F, I = NoInvalidation> {
    l1: Arc<L1<N>>,
    l2: F,
    invalidation: I,
}

/// Result of looking up a key in both tiers.
enum Lookup {
    Hit {
        value: Value,
        tier: u8,
    },
    /// Miss in both tiers, with the state of the key's epoch before L2 was read.
    Miss(EpochSnapshot),
}

impl Lookup {
    fn value(self) -> Option<Value> {
        match self {
            Self::Hit { value, .. } => Some(value),
            Self::Miss(_) => None,
        }
    }
}

impl<N, F, I> Tiered<N, F, I>
where
    N: Strategy<Error = Infallible>,
    F: Strategy,
    I: Invalidation<F>,
{
    /// Looks up a key in both tiers and promotes a hit in L2.
    async fn look_up(&self, key: Key) -> Result<Lookup, TieredError<F::Error, I::Error>> {
        if let Some(value) = self.l1.get(key)? {
            return Ok(Lookup::Hit { value, tier: 0 });
        }
        let before = self.l1.epoch_snapshot(key);
        let Some(value) = self.l2.get(key).await.map_err(TieredError::L2)? else {
            return Ok(Lookup::Miss(before));
        };
        self.l1.promote(key, before, &value, PutOptions::default())?;
        Ok(Lookup::Hit { value, tier: 1 })
    }

    /// Looks up several keys, with one request to L2 for all that are not in L1.
    async fn look_up_many(
        &self,
        keys: &[Key],
    ) -> Result<Vec<Lookup>, TieredError<F::Error, I::Error>> {
        let mut lookups = Vec::with_capacity(keys.len());
        let mut missing = Vec::new();
        for &key in keys {
            lookups.push(match self.l1.get(key)? {
                Some(value) => Lookup::Hit { value, tier: 0 },
                None => {
                    let before = self.l1.epoch_snapshot(key);
                    missing.push((lookups.len(), key, before));
                    Lookup::Miss(before)
                }
            });
        }
        if missing.is_empty() {
            return Ok(lookups);
        }
        let missing_keys: Vec<Key> = missing.iter().map(|&(_, key, _)| key).collect();
        let answers = self.l2.get_many(&missing_keys).await.map_err(TieredError::L2)?;
        for ((index, key, before), answer) in missing.into_iter().zip(answers) {
            if let Some(value) = answer {
                self.l1.promote(key, before, &value, PutOptions::default())?;
                lookups[index] = Lookup::Hit { value, tier: 1 };
            }
        }
        Ok(lookups)
    }

    /// Answers a read from its lookup, loading from the origin on a miss.
    ///
    /// A load that overlaps a write is returned but not cached: it may be older than the cached
    /// value.
    async fn answer<O: Origin>(
        &self,
        key: Key,
        lookup: Lookup,
        origin: &O,
    ) -> Result<Read, RequestError<TieredError<F::Error, I::Error>>> {
        let before = match lookup {
            Lookup::Hit { value, tier } => {
                return Ok(Read { value: Some(value), source: Source::Hit { tier } });
            }
            Lookup::Miss(before) => before,
        };
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let read = Read { value: Some(loaded.value.clone()), source: Source::Loaded };
        let Some(guard) = self.l1.begin_if_unchanged(key, before) else { return Ok(read) };
        let stored = self.l2.put(key, loaded.value.clone(), loaded.options).await;
        stored.map_err(|error| RequestError::Strategy(TieredError::L2(error)))?;
        // Not published: a load does not make entries of other instances outdated.
        self.finish_write(guard, key, loaded.value, loaded.options)
            .map_err(RequestError::Strategy)?;
        Ok(read)
    }

    /// Stores a value in L1 that L2 already has.
    fn finish_write(
        &self,
        guard: EpochGuard<'_>,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> Result<(), TieredError<F::Error, I::Error>> {
        if !I::DELIVERS_OWN_WRITES {
            self.l1.finish(guard, key, value, options)?;
        }
        Ok(())
    }

    async fn publish(&self, change: ChangedKeys) -> Result<(), TieredError<F::Error, I::Error>> {
        self.invalidation.publish(&self.l2, change).await.map_err(TieredError::NotPublished)
    }

    /// Returns the names of the options of the split and of the invalidation channel. All other
    /// options are passed to L2.
    fn own_options() -> Vec<&'static str> {
        capacity_split::OPTIONS.iter().chain(I::OPTIONS).copied().collect()
    }
}

impl<N, F, I> Strategy for Tiered<N, F, I>
where
    N: Strategy<Error = Infallible>,
    F: Strategy,
    I: Invalidation<F>,
{
    type Error = TieredError<F::Error, I::Error>;

    const MODE: ExecutionMode = N::MODE.join(F::MODE);

    const PROPERTIES: Properties = Properties {
        bound: F::PROPERTIES.bound,
        shared: F::PROPERTIES.shared,
        persistent: F::PROPERTIES.persistent,
        ttl: N::PROPERTIES.ttl && F::PROPERTIES.ttl,
        thread_safe: N::PROPERTIES.thread_safe && F::PROPERTIES.thread_safe,
        fresh: N::PROPERTIES.fresh && F::PROPERTIES.fresh,
        // L2 holds the entries of L1 too, so both together hold fewer distinct entries than the
        // capacity.
        lossy: N::PROPERTIES.lossy
            || F::PROPERTIES.lossy
            || !matches!(F::PROPERTIES.bound, Bound::None | Bound::ServerMemory),
        eviction_batch: F::PROPERTIES.eviction_batch,
        capacity_overshoot: N::PROPERTIES.capacity_overshoot + F::PROPERTIES.capacity_overshoot,
        evicts: Eviction::Other,
    };

    fn server_capacity(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        let split = split(Capacity::Entries(capacity_entries), options)?;
        Ok(split.l2.entries().unwrap_or(capacity_entries))
    }

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const {
            assert!(N::MODE.is_sync(), "use a strategy in ExecutionMode::Sync as the first tier");
        };
        let split = split(config.capacity, &config.options)?;
        let l1 = OpenConfig {
            capacity: Capacity::Entries(split.l1),
            options: Options::default(),
            ..config.clone()
        };
        let l1 = Arc::new(L1::new(N::open(&l1).await?));
        let own_options = Self::own_options();
        let l2 = OpenConfig {
            capacity: split.l2,
            options: options::without(&config.options, &own_options),
            ..config.clone()
        };
        let l2 = F::open(&l2).await.map_err(|error| match error {
            OpenError::UnknownOption { name, known } => OpenError::UnknownOption {
                name,
                known: format!("{}, {known}", own_options.join(", ")),
            },
            other => other,
        })?;
        let target = Arc::clone(&l1) as Arc<dyn InvalidationTarget>;
        let invalidation = I::subscribe(config, target).await?;
        Ok(Self { l1, l2, invalidation })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        Ok(self.look_up(key).await?.value())
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let guard = self.l1.begin(key)?;
        self.l2.put(key, value.clone(), options).await.map_err(TieredError::L2)?;
        self.publish(ChangedKeys::Key(key)).await?;
        self.finish_write(guard, key, value, options)
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let guard = self.l1.begin(key)?;
        self.l2.remove(key).await.map_err(TieredError::L2)?;
        self.publish(ChangedKeys::Key(key)).await?;
        drop(guard);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let guards = self.l1.begin_all()?;
        self.l2.clear().await.map_err(TieredError::L2)?;
        self.publish(ChangedKeys::All).await?;
        drop(guards);
        Ok(())
    }

    /// Returns the number of entries in L2, which holds most entries of L1 too; see
    /// [`Snapshot::tier_entries`].
    async fn len(&self) -> Result<u64, Self::Error> {
        self.l2.len().await.map_err(TieredError::L2)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        ready_value(self.l1.cache.settle())?;
        self.l2.settle().await.map_err(TieredError::L2)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        let l1 = ready_value(self.l1.cache.snapshot())?;
        let l2 = self.l2.snapshot().await.map_err(TieredError::L2)?;
        Ok(Snapshot {
            bytes: l1.bytes.zip(l2.bytes).map(|(l1, l2)| l1 + l2),
            // An entry evicted from L1 is still in L2.
            evictions: l2.evictions,
            tier_entries: vec![ready_value(self.l1.cache.len())?, self.len().await?],
        })
    }

    async fn close(&self) -> Result<(), Self::Error> {
        ready_value(self.l1.cache.close())?;
        self.l2.close().await.map_err(TieredError::L2)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Self::Error> {
        Ok(self.look_up_many(keys).await?.into_iter().map(Lookup::value).collect())
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<Self::Error>> {
        let lookup = self.look_up(key).await.map_err(RequestError::Strategy)?;
        self.answer(key, lookup, origin).await
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<Self::Error>> {
        let lookups = self.look_up_many(keys).await.map_err(RequestError::Strategy)?;
        let answers =
            keys.iter().zip(lookups).map(|(&key, lookup)| self.answer(key, lookup, origin));
        join_all(answers).await.into_iter().collect()
    }
}
