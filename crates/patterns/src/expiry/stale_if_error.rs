//! Stale-if-error: an expired entry is served if its reload fails (RFC 5861, section 4, for HTTP).

use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Source, Strategy, Value,
};

use super::expiry_table::{ExpiringOrigin, ExpiryTable, Remaining};
use crate::open_inner::{open_inner, require_immediate_commits, supports_virtual_clock};
use crate::options::parse_millis;

const OPTIONS: &[&str] = &["ttl_ms", "grace_ms"];

/// Stale-if-error layer.
///
/// Entries live for `ttl_ms` (default 60,000; 0 means no expiry) unless they have their own time to
/// live. They are kept for another `grace_ms` (default 600,000) and served as [`Source::Stale`] if
/// the origin fails.
pub struct StaleIfError<S> {
    inner: S,
    expiry: ExpiryTable,
    grace: Duration,
}

impl<S: Strategy> StaleIfError<S> {
    /// Returns an entry's time to live, and the options under which the inner cache keeps it.
    fn ttl_and_options(&self, options: PutOptions) -> (Option<Duration>, PutOptions) {
        let ttl = self.expiry.ttl_or_default(options.ttl);
        (ttl, PutOptions { ttl: ttl.map(|ttl| ttl + self.grace), ..options })
    }

    /// Reloads an expired entry, or returns `expired` as stale if the load fails.
    async fn reload<O: Origin>(
        &self,
        expired: Read,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<S::Error>> {
        let loaded = match (origin.load(key).await, expired.source) {
            (Ok(Some(loaded)), _) => loaded,
            (Ok(None), _) => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                return Ok(Read { value: None, source: Source::Absent });
            }
            (Err(_), Source::Hit { tier }) => {
                return Ok(Read { source: Source::Stale { tier }, ..expired });
            }
            (Err(error), _) => return Err(error.into()),
        };
        let value = loaded.value.clone();
        let (ttl, options) = self.ttl_and_options(loaded.options);
        self.inner.put(key, loaded.value, options).await.map_err(RequestError::Strategy)?;
        // Only after the put: if the put fails, the old value must not get the new deadline.
        self.expiry.start(key, ttl);
        Ok(Read { value: Some(value), source: Source::Loaded })
    }
}

impl<S: Strategy> Strategy for StaleIfError<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const SERVES_STALE: bool = true;

    delegate!(remove, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let ttl = parse_millis(&config.options, "ttl_ms", 60_000)?;
        let grace = parse_millis(&config.options, "grace_ms", 600_000)?;
        let expiry = ExpiryTable::new(config, S::PROPERTIES, ttl);
        Ok(Self { inner: open_inner(config, OPTIONS).await?, expiry, grace })
    }

    /// Returns fresh entries only, because the result cannot be marked as stale.
    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.inner.get(key).await?;
        let is_fresh =
            |_: &Value| matches!(self.expiry.remaining_of_cached(key), Remaining::Time(_));
        Ok(value.filter(is_fresh))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let (ttl, options) = self.ttl_and_options(options);
        self.inner.put(key, value, options).await?;
        self.expiry.start(key, ttl);
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.expiry.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let expiring = ExpiringOrigin { origin, expiry: &self.expiry, extra_ttl: self.grace };
        let read = self.inner.read(key, &expiring).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match self.expiry.remaining_of_cached(key) {
            Remaining::ExpiredFor(time) if time >= self.grace => {
                self.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.inner.read(key, &expiring).await
            }
            Remaining::ExpiredFor(_) => self.reload(read, key, origin).await,
            Remaining::Time(_) | Remaining::Unknown => Ok(read),
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let (ttl, options) = self.ttl_and_options(options);
        self.inner.write(key, value, options, origin).await?;
        self.expiry.start(key, ttl);
        Ok(())
    }
}
