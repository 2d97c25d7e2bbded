//! Version-based keys: an entry lies under its key and a version of that key, and invalidating is
//! counting the version on.

use bakeoff_strategy::{
    Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, Strategy, Value,
};

use crate::{Generations, beneath};

const OPTIONS: &[&str] = &["versions"];

/// Nothing is ever removed: what lies under an old version is an orphan that leaves when its place
/// is wanted. Versions are `versions` counters (default 65,536) that all keys share, so keys that
/// share one are invalidated together; with more counters than that fewer are.
pub struct VersionKeys<S> {
    inner: S,
    versions: Generations,
}

impl<S> VersionKeys<S> {
    fn versioned(&self, key: Key) -> Key {
        at_version(key, self.versions.look(key))
    }
}

/// Where an entry lies: the key itself at version 0.
pub(crate) fn at_version(key: Key, version: u64) -> Key {
    // By addition, and with a factor that is not the one which mixes ids into keys: two keys at two
    // versions meet no more often than any two numbers.
    Key(key.0.wrapping_add(version.wrapping_mul(0xD6E8_FEB8_6659_FD93)))
}

/// An origin that knows keys by their own name.
pub(crate) struct Unversioned<'a, O> {
    pub(crate) origin: &'a O,
    pub(crate) key: Key,
}

impl<O: Origin> Origin for Unversioned<'_, O> {
    const MODE: Mode = O::MODE;
    type Detached = UnversionedDetached<O::Detached>;

    fn detach(&self) -> Self::Detached {
        UnversionedDetached { origin: self.origin.detach(), key: self.key }
    }

    fn load(&self, _: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        self.origin.load(self.key)
    }

    fn store(&self, _: Key, value: Value) -> impl Future<Output = Result<(), OriginError>> + Send {
        self.origin.store(self.key, value)
    }
}

/// The same, owned.
pub(crate) struct UnversionedDetached<O> {
    origin: O,
    key: Key,
}

impl<O: Origin<Detached = O> + 'static> Origin for UnversionedDetached<O> {
    const MODE: Mode = O::MODE;
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

impl<S: Strategy> Strategy for VersionKeys<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    // Versions live in this process: another one would not see them counted on.
    const PROPERTIES: Properties =
        Properties { shared: false, persistent: false, lossy: true, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(len, settle, snapshot, close, server_capacity);
    forward_versioned!();

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let versions = config.options.get("versions", 1_usize << 16)?;
        let versions = Generations::with_stripes(versions);
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, versions })
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.versions.bump(key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.versions.bump_all();
        self.inner.clear().await
    }
}
