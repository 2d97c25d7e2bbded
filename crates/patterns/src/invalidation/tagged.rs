//! Tags: keys belong to groups, and a group is invalidated as a whole.

use bakeoff_strategy::{ExecutionMode, Key, OpenConfig, OpenError, Properties, Strategy};

use super::versioned_keys::versioned_key;
use crate::atomics::{AtomicU64, Ordering};
use crate::open_inner::{open_inner, require_immediate_commits, supports_virtual_clock};

const OPTIONS: &[&str] = &["tags"];

/// Layer that assigns every key, by its id, to one of `tags` groups (default 1,024).
///
/// [`invalidate`](Self::invalidate) makes all entries of a group unreachable in constant time by
/// incrementing the group's version. The entries remain in the cache until they are evicted.
pub struct Tagged<S> {
    inner: S,
    versions: Box<[AtomicU64]>,
}

impl<S: Strategy> Tagged<S> {
    /// Returns the group of a key.
    #[must_use]
    pub fn tag_of(&self, key: Key) -> u64 {
        key.id() % self.versions.len() as u64
    }

    /// Invalidates all entries of a group. Ignores groups that do not exist.
    pub fn invalidate(&self, tag: u64) {
        if let Some(version) = usize::try_from(tag).ok().and_then(|tag| self.versions.get(tag)) {
            version.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn versioned_key(&self, key: Key) -> Key {
        versioned_key(key, self.versions[self.tag_of(key) as usize].load(Ordering::Acquire))
    }
}

impl<S: Strategy> Strategy for Tagged<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    // Other processes do not see the versions.
    const PROPERTIES: Properties = Properties { shared: false, persistent: false, ..S::PROPERTIES };
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(clear, len, settle, snapshot, close, server_capacity);
    delegate_versioned!();

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        const { require_immediate_commits::<S>() };
        let tags = config.options.get("tags", 1_024_usize)?.max(1);
        let versions = (0..tags).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { inner: open_inner(config, OPTIONS).await?, versions })
    }

    fn remove(&self, key: Key) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.remove(self.versioned_key(key))
    }
}
