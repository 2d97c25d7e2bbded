//! Two tiers: a small cache in this process, in front of one that all processes share.
//!
//! A hit in the far tier is promoted to the near one; a write updates both; a removal forgets
//! both. Within one process the near tier never lags behind what this process wrote. What
//! *another* process writes is not seen near before the entry is evicted there: answers are fresh
//! for one instance only.

mod error;
mod split;
mod turns;

use bakeoff_strategy::{
    Capacity, Key, Mode, OpenConfig, OpenError, Options, Origin, Properties, PutOptions, Read,
    ReadError, Snapshot, Source, Strategy, Value, poll_once,
};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::Redis;

pub use error::TieredError;
use turns::Turns;

/// The bundled pair: an exact LRU in front of a Redis server.
pub type LruOverRedis = Tiered<Lru, Redis>;

/// A near cache, which answers at once, in front of a far one.
pub struct Tiered<N, F> {
    near: N,
    far: F,
    turns: Turns,
}

type Failure<N, F> = TieredError<<N as Strategy>::Error, <F as Strategy>::Error>;

impl<N: Strategy, F: Strategy> Tiered<N, F> {
    /// What is held for a key, and in which tier; promoted from the far one.
    async fn find(&self, key: Key) -> Result<Option<(Value, u8)>, Failure<N, F>> {
        if let Some(value) = self.get_near(key)? {
            return Ok(Some((value, 0)));
        }
        let seen = self.turns.look(key);
        let Some(value) = self.far.get(key).await.map_err(TieredError::Far)? else {
            return Ok(None);
        };
        let promote = || self.put_near(key, value.clone(), PutOptions::default());
        self.turns.if_unchanged(key, seen, promote).transpose()?;
        Ok(Some((value, 1)))
    }

    fn get_near(&self, key: Key) -> Result<Option<Value>, Failure<N, F>> {
        poll_once(self.near.get(key))?.map_err(TieredError::Near)
    }

    fn put_near(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Failure<N, F>> {
        poll_once(self.near.put(key, value, options))?.map_err(TieredError::Near)
    }

    fn remove_near(&self, key: Key) -> Result<(), Failure<N, F>> {
        poll_once(self.near.remove(key))?.map_err(TieredError::Near)
    }
}

impl<N: Strategy, F: Strategy> Strategy for Tiered<N, F> {
    type Error = TieredError<N::Error, F::Error>;

    const MODE: Mode = N::MODE.join(F::MODE);

    const PROPERTIES: Properties = Properties {
        bound: F::PROPERTIES.bound,
        shared: F::PROPERTIES.shared,
        persistent: F::PROPERTIES.persistent,
        ttl: N::PROPERTIES.ttl && F::PROPERTIES.ttl,
        thread_safe: N::PROPERTIES.thread_safe && F::PROPERTIES.thread_safe,
        fresh: N::PROPERTIES.fresh && F::PROPERTIES.fresh,
        lossy: N::PROPERTIES.lossy || F::PROPERTIES.lossy,
        evicts: "each tier by its own rule; the far one does not see what the near one answers",
    };

    fn service_entries(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        let split = split::split(Capacity::Entries(capacity_entries), options)?;
        Ok(split.far.entries().unwrap_or(capacity_entries))
    }

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { assert!(N::MODE.is_immediate(), "the near tier has to answer at once") };
        let split = split::split(config.capacity, &config.options)?;
        let mut near = OpenConfig { capacity: Capacity::Entries(split.near), ..config.clone() };
        near.options = Options::default();
        let mut far = OpenConfig { capacity: split.far, ..config.clone() };
        far.options.0.retain(|name, _| ![split::SHARE, split::ENTRIES].contains(&name.as_str()));
        let near = N::open(&near).await?;
        let far = F::open(&far).await.map_err(with_our_options)?;
        Ok(Self { near, far, turns: Turns::new() })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Self::Error> {
        Ok(self.find(key).await?.map(|(value, _)| value))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Self::Error> {
        let (turn, forgotten) = self.turns.begin(key, || self.remove_near(key));
        forgotten?;
        self.far.put(key, value.clone(), options).await.map_err(TieredError::Far)?;
        turn.finish(|| self.put_near(key, value, options)).transpose()?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Self::Error> {
        let (turn, forgotten) = self.turns.begin(key, || self.remove_near(key));
        forgotten?;
        self.far.remove(key).await.map_err(TieredError::Far)?;
        drop(turn);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Self::Error> {
        let turns = self.turns.begin_all();
        poll_once(self.near.clear())?.map_err(TieredError::Near)?;
        self.far.clear().await.map_err(TieredError::Far)?;
        drop(turns);
        Ok(())
    }

    /// Entries of the far tier. The near one's are mostly among them; see
    /// [`Snapshot::tier_entries`].
    async fn len(&self) -> Result<u64, Self::Error> {
        self.far.len().await.map_err(TieredError::Far)
    }

    async fn settle(&self) -> Result<(), Self::Error> {
        poll_once(self.near.settle())?.map_err(TieredError::Near)?;
        self.far.settle().await.map_err(TieredError::Far)
    }

    async fn snapshot(&self) -> Result<Snapshot, Self::Error> {
        let near = poll_once(self.near.snapshot())?.map_err(TieredError::Near)?;
        let far = self.far.snapshot().await.map_err(TieredError::Far)?;
        Ok(Snapshot {
            bytes: near.bytes.zip(far.bytes).map(|(near, far)| near + far),
            // What leaves the near tier is still in the far one.
            evictions: far.evictions,
            tier_entries: vec![
                poll_once(self.near.len())?.map_err(TieredError::Near)?,
                self.len().await?,
            ],
        })
    }

    async fn close(&self) -> Result<(), Self::Error> {
        poll_once(self.near.close())?.map_err(TieredError::Near)?;
        self.far.close().await.map_err(TieredError::Far)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Self::Error> {
        let mut values = Vec::with_capacity(keys.len());
        let mut missing = Vec::new();
        for (place, &key) in keys.iter().enumerate() {
            let value = self.get_near(key)?;
            if value.is_none() {
                missing.push((place, key, self.turns.look(key)));
            }
            values.push(value);
        }
        let asked: Vec<Key> = missing.iter().map(|(_, key, _)| *key).collect();
        let answers = self.far.get_many(&asked).await.map_err(TieredError::Far)?;
        for ((place, key, seen), answer) in missing.into_iter().zip(answers) {
            if let Some(value) = &answer {
                let promote = || self.put_near(key, value.clone(), PutOptions::default());
                self.turns.if_unchanged(key, seen, promote).transpose()?;
            }
            values[place] = answer;
        }
        Ok(values)
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, ReadError<Self::Error>> {
        if let Some((value, tier)) = self.find(key).await.map_err(ReadError::Strategy)? {
            return Ok(Read { value: Some(value), source: Source::Hit { tier } });
        }
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let value = loaded.value.clone();
        self.put(key, loaded.value, loaded.options).await.map_err(ReadError::Strategy)?;
        Ok(Read { value: Some(value), source: Source::Loaded })
    }
}

/// Names our own options beside the far tier's, where an unknown one was given.
fn with_our_options(error: OpenError) -> OpenError {
    match error {
        OpenError::UnknownOption { name, known } => OpenError::UnknownOption {
            name,
            known: format!("{}, {}, {known}", split::SHARE, split::ENTRIES),
        },
        other => other,
    }
}
