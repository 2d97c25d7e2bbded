//! Fixed or sliding time to live for a cache without expiry.

use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Source, Strategy, Value,
};

use super::expiry_table::{ExpiringOrigin, ExpiryTable, Remaining};
use crate::open_inner::{open_inner, supports_virtual_clock};
use crate::options::parse_millis;

const OPTIONS: &[&str] = &["ttl_ms"];

/// Layer whose entries live for `ttl_ms` (default 60,000; 0 means no expiry) unless they have their
/// own time to live.
///
/// An expired entry is removed when it is requested; until then it occupies space in the cache.
pub type Ttl<S> = Expiring<S, false>;

/// Like [`Ttl`], but every read restarts the time to live (up to 1 % early).
///
/// An entry that is read often enough never expires. The inner cache must not expire entries
/// itself; this is checked at compile time:
///
/// ```compile_fail,E0080
/// # use bakeoff_patterns::{Sliding, Ttl};
/// # use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
/// # use bakeoff_variant_dict::Dict;
/// # let config = OpenConfig::with_capacity(Capacity::Unbounded);
/// let opened = poll_once(Sliding::<Ttl<Dict>>::open(&config));
/// ```
///
/// The check does not detect a tiered cache in which only one tier expires entries.
pub type Sliding<S> = Expiring<S, true>;

/// Common implementation of [`Ttl`] and [`Sliding`].
pub struct Expiring<S, const SLIDING: bool> {
    inner: S,
    expiry: ExpiryTable,
}

impl<S: Strategy, const SLIDING: bool> Expiring<S, SLIDING> {
    async fn remove_entry(&self, key: Key) -> Result<(), S::Error> {
        self.expiry.remove(key);
        self.inner.remove(key).await
    }

    fn on_read(&self, key: Key) {
        if SLIDING {
            self.expiry.renew(key);
        }
    }
}

impl<S: Strategy, const SLIDING: bool> Strategy for Expiring<S, SLIDING> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    // Lossy, because the table of deadlines may lose entries.
    const PROPERTIES: Properties = Properties { ttl: true, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;

    delegate!(len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const {
            assert!(
                !SLIDING || !S::PROPERTIES.ttl,
                "wrap Sliding around a cache that does not expire entries itself"
            );
        }
        let ttl = parse_millis(&config.options, "ttl_ms", 60_000)?;
        let new_table = if SLIDING { ExpiryTable::renewable } else { ExpiryTable::new };
        let expiry = new_table(config, S::PROPERTIES, ttl);
        Ok(Self { inner: open_inner(config, OPTIONS).await?, expiry })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        let Some(value) = self.inner.get(key).await? else { return Ok(None) };
        if let Remaining::ExpiredFor(_) = self.expiry.remaining_of_cached(key) {
            self.remove_entry(key).await?;
            return Ok(None);
        }
        self.on_read(key);
        Ok(Some(value))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let ttl = self.expiry.ttl_or_default(options.ttl);
        self.expiry.start(key, ttl);
        self.inner.put(key, value, PutOptions { ttl, ..options }).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.remove_entry(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.expiry.clear();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let origin = ExpiringOrigin { origin, expiry: &self.expiry, extra_ttl: Duration::ZERO };
        let read = self.inner.read(key, &origin).await?;
        if let Source::Hit { .. } = read.source {
            if let Remaining::ExpiredFor(_) = self.expiry.remaining_of_cached(key) {
                self.remove_entry(key).await.map_err(RequestError::Strategy)?;
                return self.inner.read(key, &origin).await;
            }
            self.on_read(key);
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
        let ttl = self.expiry.ttl_or_default(options.ttl);
        self.inner.write(key, value, PutOptions { ttl, ..options }, origin).await?;
        self.expiry.start(key, ttl);
        Ok(())
    }
}
