//! A time to live round a cache that knows of none, fixed or sliding.

use std::time::Duration;

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Source,
    Strategy, Value,
};

use crate::beneath;
use crate::lifetimes::{Left, Lifetimes};
use crate::stamping::Stamping;

const OPTIONS: &[&str] = &["ttl_ms"];

/// Entries live for `ttl_ms` (0: for ever) unless they come with a time of their own. One whose
/// time is up is removed when it is asked for; until then it takes its place.
pub type Ttl<S> = Expiring<S, false>;

/// The same, and every read begins the time anew (a hundredth of it may be missing): what is asked
/// for often enough never expires, however old it is.
///
/// A cache that keeps times of its own would end an entry's by itself, whoever reads it here. One tier
/// of several that does so is not found out; where all of it does, it does not compile:
///
/// ```compile_fail,E0080
/// # use bakeoff_patterns::{Sliding, Ttl};
/// # use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
/// # use bakeoff_variant_dict::Dict;
/// # let config = OpenConfig::with_capacity(Capacity::Unbounded);
/// let opened = poll_once(Sliding::<Ttl<Dict>>::open(&config));
/// ```
pub type Sliding<S> = Expiring<S, true>;

/// Either of them.
pub struct Expiring<S, const SLIDING: bool> {
    inner: S,
    lifetimes: Lifetimes,
}

impl<S: Strategy, const SLIDING: bool> Expiring<S, SLIDING> {
    async fn expire(&self, key: Key) -> Result<(), S::Error> {
        self.lifetimes.forget(key);
        self.inner.remove(key).await
    }

    fn slide(&self, key: Key) {
        if SLIDING {
            self.lifetimes.renew(key);
        }
    }
}

impl<S: Strategy, const SLIDING: bool> Strategy for Expiring<S, SLIDING> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    // The table of deadlines forgets now and then.
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;

    forward!(len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const {
            let slides = !SLIDING || !S::PROPERTIES.ttl;
            assert!(slides, "a cache that keeps times of its own does not slide");
        }
        let ttl = beneath::milliseconds(&config.options, "ttl_ms", 60_000)?;
        let lifetimes = if SLIDING { Lifetimes::renewable } else { Lifetimes::new };
        let lifetimes = lifetimes(config, S::PROPERTIES, ttl);
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, lifetimes })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let Some(value) = self.inner.get(key).await? else { return Ok(None) };
        if let Left::Past(_) = self.lifetimes.left_of_held(key) {
            self.expire(key).await?;
            return Ok(None);
        }
        self.slide(key);
        Ok(Some(value))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let ttl = self.lifetimes.of(options.ttl);
        self.lifetimes.stamp(key, ttl);
        self.inner.put(key, value, PutOptions { ttl, ..options }).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.expire(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.lifetimes.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let origin = Stamping { origin, lifetimes: &self.lifetimes, longer: Duration::ZERO };
        let read = self.inner.read(key, &origin).await?;
        if let Source::Hit { .. } = read.source {
            if let Left::Past(_) = self.lifetimes.left_of_held(key) {
                self.expire(key).await.map_err(RequestError::Strategy)?;
                return self.inner.read(key, &origin).await;
            }
            self.slide(key);
        }
        Ok(read)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let ttl = self.lifetimes.of(options.ttl);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin).await?;
        self.lifetimes.stamp(key, ttl);
        Ok(())
    }
}
