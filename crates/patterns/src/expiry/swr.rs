//! Stale-while-revalidate: an expired entry is served while it is reloaded in the background
//! (RFC 5861, section 3, for HTTP).

use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Snapshot, Source, Strategy, Value,
};

use super::expiry_table::{ExpiringOrigin, ExpiryTable, Remaining};
use super::refresher::Refresher;
use crate::open_inner::{open_inner, require_immediate_commits, supports_virtual_clock};
use crate::options::parse_millis;

const OPTIONS: &[&str] = &["ttl_ms", "stale_ms"];

/// Stale-while-revalidate layer.
///
/// Entries are fresh for `ttl_ms` (default 60,000; 0 means no expiry) unless they have their own
/// time to live. For `stale_ms` (default 600,000) after that, reads return the entry as
/// [`Source::Stale`] while one task reloads it. Only the first read of a key, and reads after both
/// times, wait for a load.
pub struct Swr<S>(Arc<Refresher<S>>);

impl<S: Strategy> Swr<S> {
    /// Returns an entry's time to live, and the options under which the inner cache keeps it.
    fn ttl_and_options(&self, options: PutOptions) -> (Option<Duration>, PutOptions) {
        let ttl = self.0.expiry.ttl_or_default(options.ttl);
        (ttl, PutOptions { ttl: ttl.map(|ttl| ttl + self.0.extra_ttl), ..options })
    }
}

impl<S: Strategy> Strategy for Swr<S> {
    type Error = S::Error;

    // Reloads run in tasks, which need a runtime.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const SERVES_STALE: bool = true;

    delegate!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let ttl = parse_millis(&config.options, "ttl_ms", 60_000)?;
        let stale = parse_millis(&config.options, "stale_ms", 600_000)?;
        let expiry = ExpiryTable::new(config, S::PROPERTIES, ttl);
        let inner = open_inner(config, OPTIONS).await?;
        Ok(Self(Refresher::new(inner, expiry, stale)))
    }

    /// Returns fresh entries only, because the result cannot be marked as stale.
    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.0.inner.get(key).await?;
        let is_fresh =
            |_: &Value| matches!(self.0.expiry.remaining_of_cached(key), Remaining::Time(_));
        Ok(value.filter(is_fresh))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let (ttl, options) = self.ttl_and_options(options);
        let _write = self.0.writes.begin(key);
        self.0.inner.put(key, value, options).await?;
        // Only after the put: if the put fails, the old value must not get the new deadline.
        self.0.expiry.start(key, ttl);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _write = self.0.writes.begin(key);
        self.0.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _writes = self.0.writes.begin_all();
        self.0.inner.clear().await?;
        self.0.expiry.clear();
        Ok(())
    }

    async fn len(&self) -> Result<u64, S::Error> {
        self.0.inner.len().await
    }

    async fn settle(&self) -> Result<(), S::Error> {
        self.0.wait_idle().await;
        self.0.inner.settle().await
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        self.0.inner.snapshot().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        self.0.wait_idle().await;
        self.0.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let extra_ttl = self.0.extra_ttl;
        let expiring = ExpiringOrigin { origin, expiry: &self.0.expiry, extra_ttl };
        let read = self.0.inner.read(key, &expiring).await?;
        let Source::Hit { tier } = read.source else { return Ok(read) };
        match self.0.expiry.remaining_of_cached(key) {
            Remaining::ExpiredFor(time) if time >= extra_ttl => {
                self.0.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.0.inner.read(key, &expiring).await
            }
            Remaining::ExpiredFor(_) => {
                self.0.refresh(key, origin);
                Ok(Read { source: Source::Stale { tier }, ..read })
            }
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
        let _write = self.0.writes.begin(key);
        let written = self.0.inner.write(key, value, options, origin).await;
        written?;
        self.0.expiry.start(key, ttl);
        Ok(())
    }
}
