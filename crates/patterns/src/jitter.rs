//! Times to live that differ a little, so that what was loaded together does not expire together.

use std::time::Duration;

use bakeoff_strategy::{
    Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Strategy, Value,
};

use crate::beneath;
use crate::sync::{AtomicU64, Ordering};

const OPTIONS: &[&str] = &["jitter"];

/// Shortens every time to live by up to the share `jitter` (default 0.1), evenly spread. Entries
/// without one are left alone: put it round a layer or cache that expires.
pub struct Jitter<S> {
    inner: S,
    dice: Dice,
}

/// What shortens a time.
struct Dice {
    share: f64,
    state: AtomicU64,
}

impl Dice {
    fn shorten(&self, ttl: Option<Duration>) -> Option<Duration> {
        ttl.map(|ttl| ttl.mul_f64(1.0 - self.share * unit(&self.state)))
    }
}

/// The next number from 0 to below 1 (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
pub(crate) fn unit(state: &AtomicU64) -> f64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut mixed = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// An origin whose values come with shortened times.
struct Shortening<'a, O> {
    origin: &'a O,
    dice: &'a Dice,
}

impl<O: Origin> Origin for Shortening<'_, O> {
    forward_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let loaded = self.origin.load(key).await?;
        Ok(loaded.map(|mut loaded| {
            loaded.options.ttl = self.dice.shorten(loaded.options.ttl);
            loaded
        }))
    }
}

impl<S: Strategy> Strategy for Jitter<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let share = beneath::number(&config.options, "jitter", 0.1, 0.0..=1.0)?;
        let dice = Dice { share, state: AtomicU64::new(config.seed) };
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, dice })
    }

    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), S::Error>> + Send {
        let ttl = self.dice.shorten(options.ttl);
        self.inner.put(key, value, PutOptions { ttl, ..options })
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        self.inner.read(key, &Shortening { origin, dice: &self.dice }).await
    }

    fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), RequestError<S::Error>>> + Send {
        let ttl = self.dice.shorten(options.ttl);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin)
    }
}
