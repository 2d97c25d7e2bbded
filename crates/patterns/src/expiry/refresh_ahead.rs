//! Refresh-ahead: an entry that is read shortly before it expires is reloaded in the background.

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

const OPTIONS: &[&str] = &["ttl_ms", "ahead_ms"];

/// Refresh-ahead layer.
///
/// Entries live for `ttl_ms` (default 60,000; 0 means no expiry) unless they have their own time to
/// live. A hit within the last `ahead_ms` (default 5,000) starts a reload in the background. Unlike
/// [`Swr`](crate::Swr), this layer never serves an expired entry.
pub struct RefreshAhead<S> {
    refresher: Arc<Refresher<S>>,
    ahead: Duration,
}

impl<S: Strategy> RefreshAhead<S> {
    fn with_ttl(&self, options: PutOptions) -> PutOptions {
        PutOptions { ttl: self.refresher.expiry.ttl_or_default(options.ttl), ..options }
    }
}

impl<S: Strategy> Strategy for RefreshAhead<S> {
    type Error = S::Error;

    // Reloads run in tasks, which need a runtime.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();

    delegate!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let ttl = parse_millis(&config.options, "ttl_ms", 60_000)?;
        let ahead = parse_millis(&config.options, "ahead_ms", 5_000)?;
        let expiry = ExpiryTable::new(config, S::PROPERTIES, ttl).exact_below(ahead);
        let inner = open_inner(config, OPTIONS).await?;
        Ok(Self { refresher: Refresher::new(inner, expiry, Duration::ZERO), ahead })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.refresher.inner.get(key).await?;
        let is_fresh = |_: &Value| {
            matches!(self.refresher.expiry.remaining_of_cached(key), Remaining::Time(_))
        };
        Ok(value.filter(is_fresh))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let options = self.with_ttl(options);
        let _write = self.refresher.writes.begin(key);
        self.refresher.expiry.start(key, options.ttl);
        self.refresher.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _write = self.refresher.writes.begin(key);
        self.refresher.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _writes = self.refresher.writes.begin_all();
        self.refresher.inner.clear().await?;
        self.refresher.expiry.clear();
        Ok(())
    }

    async fn len(&self) -> Result<u64, S::Error> {
        self.refresher.inner.len().await
    }

    async fn settle(&self) -> Result<(), S::Error> {
        self.refresher.wait_idle().await;
        self.refresher.inner.settle().await
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        self.refresher.inner.snapshot().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        self.refresher.wait_idle().await;
        self.refresher.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let expiry = &self.refresher.expiry;
        let expiring = ExpiringOrigin { origin, expiry, extra_ttl: Duration::ZERO };
        let read = self.refresher.inner.read(key, &expiring).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match expiry.remaining_of_cached(key) {
            Remaining::ExpiredFor(_) | Remaining::Unknown => {
                self.refresher.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.refresher.inner.read(key, &expiring).await
            }
            Remaining::Time(left) => {
                if left <= self.ahead {
                    self.refresher.refresh(key, origin);
                }
                Ok(read)
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
        let options = self.with_ttl(options);
        let _write = self.refresher.writes.begin(key);
        let written = self.refresher.inner.write(key, value, options, origin).await;
        written?;
        self.refresher.expiry.start(key, options.ttl);
        Ok(())
    }
}
