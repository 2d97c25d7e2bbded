//! Probabilistic early expiration: each reader of an entry may, the likelier the nearer its end,
//! take it for expired and load it anew, so that of many readers one does so in good time.

use std::time::Duration;

use bakeoff_strategy::{
    Capacity, Clock, Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties,
    PutOptions, Read, RequestError, Source, Strategy, Value,
};

use crate::jitter::unit;
use crate::lifetimes::until;
use crate::sync::AtomicU64;
use crate::{Deadlines, beneath};

const OPTIONS: &[&str] = &["ttl_ms", "beta"];

/// Bits of a remembered word that hold how long the load took, in units of 100 µs.
const DELTA_BITS: u32 = 16;
const LONGEST_DELTA: u64 = (1 << DELTA_BITS) - 1;
/// The deadline of entries that have none, in microseconds.
const FOR_EVER: u64 = (1 << (64 - DELTA_BITS)) - 1;
/// −ln of the smallest number that the dice give: no reader is further ahead than this.
const FURTHEST: f64 = 37.0;

/// Entries live for `ttl_ms` (default 60,000; 0: for ever) unless they come with a time of their
/// own. A reader at `now` loads an entry that took Δ to load, and whose time is up at `t`, if
/// `now − Δ·β·ln(u) ≥ t`, for `u` evenly spread over (0, 1]: the algorithm XFetch of
/// A. Vattani, F. Chierichetti and K. Lowenstein, "Optimal Probabilistic Cache Stampede
/// Prevention", PVLDB 8(8), 2015. `beta` is β (default 1, which they show to be best; more favours
/// earlier loads).
pub struct XFetch<S> {
    inner: S,
    memory: Memory,
    beta: f64,
    dice: AtomicU64,
}

/// Deadlines and durations of loads.
struct Memory {
    table: Deadlines,
    clock: Clock,
    default: Option<Duration>,
}

impl Memory {
    fn new(capacity: Capacity, clock: Clock, ttl: Duration) -> Self {
        let default = (!ttl.is_zero()).then_some(ttl);
        Self { table: Deadlines::for_capacity(capacity), clock, default }
    }

    fn stamp(&self, key: Key, ttl: Option<Duration>, took: Duration) {
        let deadline = |ttl| (self.clock.now() + ttl).as_micros() as u64;
        let deadline = ttl.map_or(FOR_EVER, |ttl: Duration| deadline(ttl).min(FOR_EVER - 1));
        let delta = (took.as_micros() as u64).div_ceil(100).min(LONGEST_DELTA);
        self.table.set(key, deadline << DELTA_BITS | delta);
    }

    /// Microseconds to the deadline (0 or less: past it), and what the last load took times `beta`.
    /// Beyond the reach of the dice there may be more of them left.
    #[inline]
    fn left(&self, key: Key, beta: f64) -> Option<(f64, f64)> {
        let word = self.table.get(key)?;
        let deadline = word >> DELTA_BITS;
        if deadline == FOR_EVER {
            return Some((f64::INFINITY, 0.0));
        }
        let delta = (word & LONGEST_DELTA) as f64 * 100.0 * beta;
        Some((until(deadline, &self.clock, (delta * FURTHEST) as u64) as f64, delta))
    }
}

/// An origin that measures what its loads take.
struct Timing<'a, O> {
    origin: &'a O,
    memory: &'a Memory,
}

impl<O: Origin> Timing<'_, O> {
    /// Loads, and says how long that took.
    async fn measure(&self, key: Key) -> Result<Option<(Loaded, Duration)>, OriginError> {
        let begun = self.memory.clock.now();
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        loaded.options.ttl = loaded.options.ttl.or(self.memory.default);
        Ok(Some((loaded, self.memory.clock.now() - begun)))
    }
}

impl<O: Origin> Origin for Timing<'_, O> {
    forward_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let Some((loaded, took)) = self.measure(key).await? else { return Ok(None) };
        self.memory.stamp(key, loaded.options.ttl, took);
        Ok(Some(loaded))
    }
}

/// What a reader does with an entry that the cache holds.
enum Verdict {
    Serve,
    LoadEarly,
    Expired,
}

impl<S: Strategy> XFetch<S> {
    fn judge(&self, key: Key) -> Verdict {
        let Some((left, delta)) = self.memory.left(key, self.beta) else {
            // Put by another process: its time is not known, and cannot be foreseen.
            return if S::PROPERTIES.shared { Verdict::Serve } else { Verdict::Expired };
        };
        if left <= 0.0 {
            return Verdict::Expired;
        }
        // Far from the end the dice need not be thrown.
        if left > delta * FURTHEST {
            return Verdict::Serve;
        }
        let early = -delta * libm::log(1.0 - unit(&self.dice));
        if early >= left { Verdict::LoadEarly } else { Verdict::Serve }
    }
}

impl<S: Strategy> Strategy for XFetch<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();

    forward!(remove, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let ttl = beneath::milliseconds(&config.options, "ttl_ms", 60_000)?;
        let beta = beneath::number(&config.options, "beta", 1.0, 0.0..=1_000.0)?;
        let memory = Memory::new(config.capacity, config.clock.clone(), ttl);
        let dice = AtomicU64::new(config.seed);
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, memory, beta, dice })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.inner.get(key).await?;
        let alive =
            |left: Option<(f64, f64)>| left.map_or(S::PROPERTIES.shared, |(left, _)| left > 0.0);
        Ok(value.filter(|_| alive(self.memory.left(key, self.beta))))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let ttl = options.ttl.or(self.memory.default);
        self.memory.stamp(key, ttl, Duration::ZERO);
        self.inner.put(key, value, PutOptions { ttl, ..options }).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.memory.table.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let timing = Timing { origin, memory: &self.memory };
        let read = self.inner.read(key, &timing).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match self.judge(key) {
            Verdict::Serve => Ok(read),
            Verdict::Expired => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.inner.read(key, &timing).await
            }
            Verdict::LoadEarly => {
                let Some((loaded, took)) = timing.measure(key).await? else {
                    self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                    return Ok(Read { value: None, source: Source::Absent });
                };
                let (value, ttl) = (loaded.value.clone(), loaded.options.ttl);
                let put = self.inner.put(key, loaded.value, loaded.options).await;
                put.map_err(RequestError::Strategy)?;
                // Not before it is there: what it replaces must not begin to live anew.
                self.memory.stamp(key, ttl, took);
                Ok(Read { value: Some(value), source: Source::Loaded })
            }
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let ttl = options.ttl.or(self.memory.default);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin).await?;
        self.memory.stamp(key, ttl, Duration::ZERO);
        Ok(())
    }
}
