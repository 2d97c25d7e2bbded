//! Refresh ahead: what is asked for shortly before its time is up is loaded anew in the
//! background, so that keys in use never expire under a reader.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Snapshot,
    Source, Strategy, Value,
};

use crate::beneath;
use crate::lifetimes::{Left, Lifetimes};
use crate::refresher::Refreshed;
use crate::stamping::Stamping;

const OPTIONS: &[&str] = &["ttl_ms", "ahead_ms"];

/// Entries live for `ttl_ms` (default 60,000; 0: for ever) unless they come with a time of their
/// own. A hit within the last `ahead_ms` (default 5,000) of it begins a load in the background.
/// Unlike stale-while-revalidate it never serves an entry past its time.
pub struct RefreshAhead<S> {
    refreshed: Arc<Refreshed<S>>,
    ahead: Duration,
}

impl<S: Strategy> RefreshAhead<S> {
    fn kept(&self, options: PutOptions) -> PutOptions {
        PutOptions { ttl: self.refreshed.lifetimes.of(options.ttl), ..options }
    }
}

impl<S: Strategy> Strategy for RefreshAhead<S> {
    type Error = S::Error;

    // Refreshing takes tasks, and tasks a runtime.
    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();

    forward!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let ttl = beneath::milliseconds(&config.options, "ttl_ms", 60_000)?;
        let ahead = beneath::milliseconds(&config.options, "ahead_ms", 5_000)?;
        let lifetimes = Lifetimes::new(config, S::PROPERTIES, ttl).watching(ahead);
        let inner = beneath::open(config, OPTIONS).await?;
        Ok(Self { refreshed: Refreshed::new(inner, lifetimes, Duration::ZERO), ahead })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.refreshed.inner.get(key).await?;
        let held = |_: &Value| matches!(self.refreshed.lifetimes.left_of_held(key), Left::Time(_));
        Ok(value.filter(held))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let options = self.kept(options);
        let _changing = self.refreshed.changes.begin(key);
        self.refreshed.lifetimes.stamp(key, options.ttl);
        self.refreshed.inner.put(key, value, options).await?;
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _changing = self.refreshed.changes.begin(key);
        self.refreshed.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _changing = self.refreshed.changes.begin_all();
        self.refreshed.inner.clear().await?;
        self.refreshed.lifetimes.clear();
        Ok(())
    }

    async fn len(&self) -> Result<u64, S::Error> {
        self.refreshed.inner.len().await
    }

    async fn settle(&self) -> Result<(), S::Error> {
        self.refreshed.quiet().await;
        self.refreshed.inner.settle().await
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        self.refreshed.inner.snapshot().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        self.refreshed.quiet().await;
        self.refreshed.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let lifetimes = &self.refreshed.lifetimes;
        let stamping = Stamping { origin, lifetimes, longer: Duration::ZERO };
        let read = self.refreshed.inner.read(key, &stamping).await?;
        let Source::Hit { .. } = read.source else { return Ok(read) };
        match lifetimes.left_of_held(key) {
            Left::Past(_) | Left::Unknown => {
                self.refreshed.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.refreshed.inner.read(key, &stamping).await
            }
            Left::Time(left) => {
                if left <= self.ahead {
                    self.refreshed.refresh(key, origin);
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
        let options = self.kept(options);
        let _changing = self.refreshed.changes.begin(key);
        let written = self.refreshed.inner.write(key, value, options, origin).await;
        written?;
        self.refreshed.lifetimes.stamp(key, options.ttl);
        Ok(())
    }
}
