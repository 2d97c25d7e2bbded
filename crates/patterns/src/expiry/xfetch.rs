//! Probabilistic early expiration (XFetch).
//!
//! Each read may reload an entry early, with a probability that rises as its expiry approaches. So
//! usually one of many readers reloads the entry before it expires for all of them.

use std::time::Duration;

use bakeoff_strategy::{
    Capacity, Clock, ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError,
    Properties, PutOptions, Read, RequestError, Source, Strategy, Value,
};

use super::expiry_table::micros_until;
use crate::atomics::AtomicU64;
use crate::lossy_map::LossyMap;
use crate::open_inner::{open_inner, require_immediate_commits, supports_virtual_clock};
use crate::options::parse_millis;
use crate::random::next_unit;

const OPTIONS: &[&str] = &["ttl_ms", "beta"];

/// Bits of a packed word that hold the duration of the last load, in units of 100 µs. The bits
/// above hold the deadline in microseconds.
const LOAD_TIME_BITS: u32 = 16;
const MAX_LOAD_TIME: u64 = (1 << LOAD_TIME_BITS) - 1;
/// Deadline of entries that do not expire.
const NEVER: u64 = (1 << (64 - LOAD_TIME_BITS)) - 1;
/// Upper bound of −ln(u) for the random numbers u of [`next_unit`].
const MAX_NEG_LN: f64 = 37.0;

/// XFetch layer.
///
/// Entries live for `ttl_ms` (default 60,000; 0 means no expiry) unless they have their own time to
/// live. A read at time `now` reloads an entry with deadline `t` and load time Δ if `now −
/// Δ·β·ln(u) ≥ t`, with `u` uniform in (0, 1]: the algorithm XFetch of A. Vattani, F. Chierichetti
/// and K. Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", PVLDB 8(8), 2015. The
/// option `beta` is β (default 1, which is optimal); larger values reload earlier.
pub struct XFetch<S> {
    inner: S,
    entries: EntryTimes,
    beta: f64,
    rng_state: AtomicU64,
}

/// Deadlines and load times of entries.
struct EntryTimes {
    packed: LossyMap,
    clock: Clock,
    default_ttl: Option<Duration>,
}

impl EntryTimes {
    fn new(capacity: Capacity, clock: Clock, ttl: Duration) -> Self {
        let default_ttl = (!ttl.is_zero()).then_some(ttl);
        Self { packed: LossyMap::for_capacity(capacity), clock, default_ttl }
    }

    /// Starts an entry's time to live and records its load time.
    fn start(&self, key: Key, ttl: Option<Duration>, load_time: Duration) {
        let deadline = |ttl| (self.clock.now() + ttl).as_micros() as u64;
        let deadline = ttl.map_or(NEVER, |ttl: Duration| deadline(ttl).min(NEVER - 1));
        let load_time = (load_time.as_micros() as u64).div_ceil(100).min(MAX_LOAD_TIME);
        self.packed.set(key, deadline << LOAD_TIME_BITS | load_time);
    }

    /// Returns the microseconds until expiry (0 or less if expired), and Δ·β in microseconds.
    ///
    /// The time until expiry is a lower bound if it is too long for an early reload.
    #[inline]
    fn times(&self, key: Key, beta: f64) -> Option<(f64, f64)> {
        let word = self.packed.get(key)?;
        let deadline = word >> LOAD_TIME_BITS;
        if deadline == NEVER {
            return Some((f64::INFINITY, 0.0));
        }
        let scaled = (word & MAX_LOAD_TIME) as f64 * 100.0 * beta;
        Some((micros_until(deadline, &self.clock, (scaled * MAX_NEG_LN) as u64) as f64, scaled))
    }
}

/// Origin wrapper that measures the duration of loads.
struct TimingOrigin<'a, O> {
    origin: &'a O,
    entries: &'a EntryTimes,
}

impl<O: Origin> TimingOrigin<'_, O> {
    /// Loads a key and returns the value with the duration of the load.
    async fn timed_load(&self, key: Key) -> Result<Option<(Loaded, Duration)>, OriginError> {
        let start = self.entries.clock.now();
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        loaded.options.ttl = loaded.options.ttl.or(self.entries.default_ttl);
        Ok(Some((loaded, self.entries.clock.now() - start)))
    }
}

impl<O: Origin> Origin for TimingOrigin<'_, O> {
    delegate_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let Some((loaded, load_time)) = self.timed_load(key).await? else { return Ok(None) };
        self.entries.start(key, loaded.options.ttl, load_time);
        Ok(Some(loaded))
    }
}

/// Action of a read that found a cached entry.
enum HitAction {
    Serve,
    ReloadEarly,
    Expired,
}

impl<S: Strategy> XFetch<S> {
    fn decide(&self, key: Key) -> HitAction {
        let Some((left, scaled)) = self.entries.times(key, self.beta) else {
            // In a shared cache, another process put the entry, and its deadline is unknown.
            return if S::PROPERTIES.shared { HitAction::Serve } else { HitAction::Expired };
        };
        if left <= 0.0 {
            return HitAction::Expired;
        }
        // Far from expiry no random number can cause a reload.
        if left > scaled * MAX_NEG_LN {
            return HitAction::Serve;
        }
        let early = -scaled * libm::log(1.0 - next_unit(&self.rng_state));
        if early >= left { HitAction::ReloadEarly } else { HitAction::Serve }
    }
}

impl<S: Strategy> Strategy for XFetch<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();

    delegate!(remove, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let ttl = parse_millis(&config.options, "ttl_ms", 60_000)?;
        let beta = config.options.in_range("beta", 1.0, 0.0..=1_000.0)?;
        let entries = EntryTimes::new(config.capacity, config.clock.clone(), ttl);
        let rng_state = AtomicU64::new(config.seed);
        Ok(Self { inner: open_inner(config, OPTIONS).await?, entries, beta, rng_state })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.inner.get(key).await?;
        let is_fresh =
            |times: Option<(f64, f64)>| times.map_or(S::PROPERTIES.shared, |(left, _)| left > 0.0);
        Ok(value.filter(|_| is_fresh(self.entries.times(key, self.beta))))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let ttl = options.ttl.or(self.entries.default_ttl);
        self.entries.start(key, ttl, Duration::ZERO);
        self.inner.put(key, value, PutOptions { ttl, ..options }).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.entries.packed.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let timing = TimingOrigin { origin, entries: &self.entries };
        let read = self.inner.read(key, &timing).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match self.decide(key) {
            HitAction::Serve => Ok(read),
            HitAction::Expired => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.inner.read(key, &timing).await
            }
            HitAction::ReloadEarly => {
                let Some((loaded, load_time)) = timing.timed_load(key).await? else {
                    self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                    return Ok(Read { value: None, source: Source::Absent });
                };
                let (value, ttl) = (loaded.value.clone(), loaded.options.ttl);
                let put = self.inner.put(key, loaded.value, loaded.options).await;
                put.map_err(RequestError::Strategy)?;
                // Only after the put: if the put fails, the old value must not get the new
                // deadline.
                self.entries.start(key, ttl, load_time);
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
        let ttl = options.ttl.or(self.entries.default_ttl);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin).await?;
        self.entries.start(key, ttl, Duration::ZERO);
        Ok(())
    }
}
