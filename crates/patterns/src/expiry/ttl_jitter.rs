//! Random reduction of times to live, so that entries loaded together do not expire together.

use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions,
    Read, RequestError, Strategy, Value,
};

use crate::atomics::AtomicU64;
use crate::open_inner::{open_inner, supports_virtual_clock};
use crate::random::next_unit;

const OPTIONS: &[&str] = &["jitter"];

/// Layer that shortens every time to live by a random fraction up to `jitter` (default 0.1).
///
/// Only times to live that an entry sets are shortened, not the default `ttl_ms` of an inner layer.
/// The inner strategy must support a time to live per entry.
pub struct TtlJitter<S> {
    inner: S,
    jitter: Jitter,
}

struct Jitter {
    max_fraction: f64,
    rng_state: AtomicU64,
}

impl Jitter {
    fn shorten(&self, ttl: Option<Duration>) -> Option<Duration> {
        ttl.map(|ttl| ttl.mul_f64(1.0 - self.max_fraction * next_unit(&self.rng_state)))
    }
}

/// Origin wrapper that shortens the time to live of loaded values.
struct JitterOrigin<'a, O> {
    origin: &'a O,
    jitter: &'a Jitter,
}

impl<O: Origin> Origin for JitterOrigin<'_, O> {
    delegate_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let loaded = self.origin.load(key).await?;
        Ok(loaded.map(|mut loaded| {
            loaded.options.ttl = self.jitter.shorten(loaded.options.ttl);
            loaded
        }))
    }
}

impl<S: Strategy> Strategy for TtlJitter<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let max_fraction = config.options.in_range("jitter", 0.1, 0.0..=1.0)?;
        let jitter = Jitter { max_fraction, rng_state: AtomicU64::new(config.seed) };
        Ok(Self { inner: open_inner(config, OPTIONS).await?, jitter })
    }

    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), S::Error>> + Send {
        let ttl = self.jitter.shorten(options.ttl);
        self.inner.put(key, value, PutOptions { ttl, ..options })
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        self.inner.read(key, &JitterOrigin { origin, jitter: &self.jitter }).await
    }

    fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), RequestError<S::Error>>> + Send {
        let ttl = self.jitter.shorten(options.ttl);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin)
    }
}
