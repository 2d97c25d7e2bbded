//! Versioned keys: an entry is cached under its key combined with a version, and incrementing the
//! version invalidates the entry.

use bakeoff_strategy::{
    ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, Properties, Strategy,
    Value,
};

use crate::open_inner::{open_inner, require_immediate_commits, supports_virtual_clock};
use crate::version_counters::VersionCounters;

const OPTIONS: &[&str] = &["versions"];

/// Layer that invalidates a key by incrementing its version.
///
/// Entries of old versions remain in the cache until they are evicted. All keys share `versions`
/// counters (default 65,536); keys with the same counter are invalidated together.
pub struct VersionedKeys<S> {
    inner: S,
    versions: VersionCounters,
}

impl<S> VersionedKeys<S> {
    fn versioned_key(&self, key: Key) -> Key {
        versioned_key(key, self.versions.version(key))
    }
}

/// Returns the key under which an entry is cached: the key itself at version 0.
pub(super) fn versioned_key(key: Key, version: u64) -> Key {
    // The factor differs from that of `Key::from_id`, so that versioned keys collide no more often
    // than random numbers.
    Key(key.0.wrapping_add(version.wrapping_mul(0xD6E8_FEB8_6659_FD93)))
}

/// Origin wrapper that requests the original key instead of the versioned one.
pub(crate) struct UnversionedOrigin<'a, O> {
    pub(crate) origin: &'a O,
    pub(crate) key: Key,
}

impl<O: Origin> Origin for UnversionedOrigin<'_, O> {
    const MODE: ExecutionMode = O::MODE;
    type Detached = DetachedUnversionedOrigin<O::Detached>;

    fn detach(&self) -> Self::Detached {
        DetachedUnversionedOrigin { origin: self.origin.detach(), key: self.key }
    }

    fn load(&self, _: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        self.origin.load(self.key)
    }

    fn store(&self, _: Key, value: Value) -> impl Future<Output = Result<(), OriginError>> + Send {
        self.origin.store(self.key, value)
    }
}

/// [`UnversionedOrigin`] that owns its origin, for spawned tasks.
pub(crate) struct DetachedUnversionedOrigin<O> {
    origin: O,
    key: Key,
}

impl<O: Origin<Detached = O> + 'static> Origin for DetachedUnversionedOrigin<O> {
    const MODE: ExecutionMode = O::MODE;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self { origin: self.origin.detach(), key: self.key }
    }

    fn load(&self, _: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        self.origin.load(self.key)
    }

    fn store(&self, _: Key, value: Value) -> impl Future<Output = Result<(), OriginError>> + Send {
        self.origin.store(self.key, value)
    }
}

impl<S: Strategy> Strategy for VersionedKeys<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    // Other processes do not see the versions.
    const PROPERTIES: Properties =
        Properties { shared: false, persistent: false, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(len, settle, snapshot, close, server_capacity);
    delegate_versioned!();

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let versions = config.options.get("versions", 1_usize << 16)?;
        let versions = VersionCounters::with_stripes(versions);
        Ok(Self { inner: open_inner(config, OPTIONS).await?, versions })
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.versions.increment(key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.versions.increment_all();
        self.inner.clear().await
    }
}
