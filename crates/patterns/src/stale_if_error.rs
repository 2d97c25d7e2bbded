//! Stale if error: past its time an entry is loaded anew, and served once more if that fails
//! (RFC 5861, section 4, for HTTP).

use std::time::Duration;

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Source,
    Strategy, Value,
};

use crate::beneath;
use crate::lifetimes::{Left, Lifetimes};
use crate::stamping::Stamping;

const OPTIONS: &[&str] = &["ttl_ms", "grace_ms"];

/// Entries live for `ttl_ms` (default 60,000; 0: for ever) unless they come with a time of their
/// own, and are kept for `grace_ms` (default 600,000) beyond it, for times when the origin fails.
pub struct StaleIfError<S> {
    inner: S,
    lifetimes: Lifetimes,
    grace: Duration,
}

impl<S: Strategy> StaleIfError<S> {
    fn kept(&self, options: PutOptions) -> (Option<Duration>, PutOptions) {
        let ttl = self.lifetimes.of(options.ttl);
        (ttl, PutOptions { ttl: ttl.map(|ttl| ttl + self.grace), ..options })
    }

    /// Loads an entry whose time is up; what is there serves if that fails.
    async fn renew<O: Origin>(
        &self,
        stale: Read,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<S::Error>> {
        let loaded = match (origin.load(key).await, stale.source) {
            (Ok(Some(loaded)), _) => loaded,
            (Ok(None), _) => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                return Ok(Read { value: None, source: Source::Absent });
            }
            (Err(_), Source::Hit { tier }) => {
                return Ok(Read { source: Source::Stale { tier }, ..stale });
            }
            (Err(error), _) => return Err(error.into()),
        };
        let value = loaded.value.clone();
        let (ttl, options) = self.kept(loaded.options);
        self.inner.put(key, loaded.value, options).await.map_err(RequestError::Strategy)?;
        // Not before it is there: what it replaces must not begin to live anew.
        self.lifetimes.stamp(key, ttl);
        Ok(Read { value: Some(value), source: Source::Loaded })
    }
}

impl<S: Strategy> Strategy for StaleIfError<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const SERVES_STALE: bool = true;

    forward!(remove, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let ttl = beneath::milliseconds(&config.options, "ttl_ms", 60_000)?;
        let grace = beneath::milliseconds(&config.options, "grace_ms", 600_000)?;
        let lifetimes = Lifetimes::new(config, S::PROPERTIES, ttl);
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, lifetimes, grace })
    }

    /// Only what is fresh: whoever asks the cache alone cannot be told that it is stale.
    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.inner.get(key).await?;
        Ok(value.filter(|_| matches!(self.lifetimes.left_of_held(key), Left::Time(_))))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let (ttl, options) = self.kept(options);
        self.inner.put(key, value, options).await?;
        self.lifetimes.stamp(key, ttl);
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.lifetimes.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let stamping = Stamping { origin, lifetimes: &self.lifetimes, longer: self.grace };
        let read = self.inner.read(key, &stamping).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match self.lifetimes.left_of_held(key) {
            Left::Past(since) if since >= self.grace => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.inner.read(key, &stamping).await
            }
            Left::Past(_) => self.renew(read, key, origin).await,
            Left::Time(_) | Left::Unknown => Ok(read),
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let (ttl, options) = self.kept(options);
        self.inner.write(key, value, options, origin).await?;
        self.lifetimes.stamp(key, ttl);
        Ok(())
    }
}
