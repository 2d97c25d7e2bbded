//! Stale while revalidate: past its time an entry is served once more, and loaded behind the
//! reader's back (RFC 5861, section 3, for HTTP).

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

const OPTIONS: &[&str] = &["ttl_ms", "stale_ms"];

/// Entries are fresh for `ttl_ms` (default 60,000; 0: for ever) unless they come with a time of
/// their own, and may be served for `stale_ms` (default 600,000) beyond, while one task loads them
/// anew. Nobody waits for a load but the first reader and those after both times.
pub struct Swr<S>(Arc<Refreshed<S>>);

impl<S: Strategy> Swr<S> {
    fn kept(&self, options: PutOptions) -> (Option<Duration>, PutOptions) {
        let ttl = self.0.lifetimes.of(options.ttl);
        (ttl, PutOptions { ttl: ttl.map(|ttl| ttl + self.0.longer), ..options })
    }
}

impl<S: Strategy> Strategy for Swr<S> {
    type Error = S::Error;

    // Refreshing takes tasks, and tasks a runtime.
    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const SERVES_STALE: bool = true;

    forward!(server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let ttl = beneath::milliseconds(&config.options, "ttl_ms", 60_000)?;
        let stale = beneath::milliseconds(&config.options, "stale_ms", 600_000)?;
        let lifetimes = Lifetimes::new(config, S::PROPERTIES, ttl);
        let inner = beneath::open(config, OPTIONS).await?;
        Ok(Self(Refreshed::new(inner, lifetimes, stale)))
    }

    /// Only what is fresh: whoever asks the cache alone cannot be told that it is stale.
    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let value = self.0.inner.get(key).await?;
        Ok(value.filter(|_| matches!(self.0.lifetimes.left_of_held(key), Left::Time(_))))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let (ttl, options) = self.kept(options);
        let _changing = self.0.changes.begin(key);
        self.0.inner.put(key, value, options).await?;
        // Not before it is there: what it replaces must not begin to live anew.
        self.0.lifetimes.stamp(key, ttl);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        let _changing = self.0.changes.begin(key);
        self.0.inner.remove(key).await?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let _changing = self.0.changes.begin_all();
        self.0.inner.clear().await?;
        self.0.lifetimes.clear();
        Ok(())
    }

    async fn len(&self) -> Result<u64, S::Error> {
        self.0.inner.len().await
    }

    async fn settle(&self) -> Result<(), S::Error> {
        self.0.quiet().await;
        self.0.inner.settle().await
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        self.0.inner.snapshot().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        self.0.quiet().await;
        self.0.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let stamping = Stamping { origin, lifetimes: &self.0.lifetimes, longer: self.0.longer };
        let read = self.0.inner.read(key, &stamping).await?;
        let Source::Hit { tier } = read.source else { return Ok(read) };
        match self.0.lifetimes.left_of_held(key) {
            Left::Past(since) if since >= self.0.longer => {
                self.0.inner.remove(key).await.map_err(RequestError::Strategy)?;
                self.0.inner.read(key, &stamping).await
            }
            Left::Past(_) => {
                self.0.refresh(key, origin);
                Ok(Read { source: Source::Stale { tier }, ..read })
            }
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
        let _changing = self.0.changes.begin(key);
        let written = self.0.inner.write(key, value, options, origin).await;
        written?;
        self.0.lifetimes.stamp(key, ttl);
        Ok(())
    }
}
