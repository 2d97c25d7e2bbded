//! Tags: entries belong to groups, and a group is invalidated as one.

use bakeoff_strategy::{Key, Mode, OpenConfig, OpenError, Properties, Strategy};

use crate::beneath;
use crate::sync::{AtomicU64, Ordering};
use crate::version_keys::at_version;

const OPTIONS: &[&str] = &["tags"];

/// Every key belongs to one of `tags` groups (default 1,024), by its id.
/// [`invalidate`](Self::invalidate) makes all entries of a group unreachable by counting its
/// version on, however many they are; they leave when their places are wanted. Single keys are
/// removed as ever.
pub struct Tagged<S> {
    inner: S,
    versions: Box<[AtomicU64]>,
}

impl<S: Strategy> Tagged<S> {
    /// The group of a key.
    #[must_use]
    pub fn tag_of(&self, key: Key) -> u64 {
        key.id() % self.versions.len() as u64
    }

    /// Invalidates all entries of a group; one that does not exist has none.
    pub fn invalidate(&self, tag: u64) {
        if let Some(version) = usize::try_from(tag).ok().and_then(|tag| self.versions.get(tag)) {
            version.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn versioned(&self, key: Key) -> Key {
        at_version(key, self.versions[self.tag_of(key) as usize].load(Ordering::Acquire))
    }
}

impl<S: Strategy> Strategy for Tagged<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    // Versions live in this process: another one would not see them counted on.
    const PROPERTIES: Properties = Properties { shared: false, persistent: false, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(clear, len, settle, snapshot, close, server_capacity);
    forward_versioned!();

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { beneath::commits::<S>() };
        let tags = config.options.get("tags", 1_024_usize)?.max(1);
        let versions = (0..tags).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, versions })
    }

    fn remove(&self, key: Key) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.remove(self.versioned(key))
    }
}
