//! Channel through which instances announce their writes to each other.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use bakeoff_strategy::{Key, OpenConfig, OpenError};

/// Keys that a write has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedKeys {
    /// One key.
    Key(Key),
    /// All keys of the namespace.
    All,
}

/// In-process cache that receives invalidations.
pub trait InvalidationTarget: Send + Sync {
    /// Removes a key that another instance has written or removed.
    fn invalidate(&self, key: Key);

    /// Removes all keys, because another instance has removed all keys.
    fn invalidate_all(&self);

    /// Removes all keys and stores nothing until [`connected`](Self::connected), because
    /// invalidations may be missed from now on.
    fn disconnected(&self);

    /// Resumes storing values. Values read before this call are not stored, because their
    /// invalidation may have been missed.
    fn connected(&self);

    /// Removes the keys of a change.
    fn apply(&self, change: ChangedKeys) {
        match change {
            ChangedKeys::Key(key) => self.invalidate(key),
            ChangedKeys::All => self.invalidate_all(),
        }
    }
}

/// Invalidation channel between the instances of a cache whose second tier is `L2` (`()` if there
/// is none).
pub trait Invalidation<L2>: Sized + Send + Sync + 'static {
    /// Failure to announce a change.
    type Error: std::error::Error + Clone + Send + Sync + 'static;

    /// Names of the channel's options, which are not passed on to the tiers.
    const OPTIONS: &[&str] = &[];

    /// True if an instance also receives the messages of its own writes. The instance then does not
    /// cache a value that it writes, because the message would remove the value at once.
    const DELIVERS_OWN_WRITES: bool;

    /// Subscribes: until the returned value is dropped, `target` receives every change.
    ///
    /// # Errors
    /// [`OpenError`] if the subscription fails.
    fn subscribe(
        config: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Announces a change to the other instances; called after the second tier was updated.
    ///
    /// # Errors
    /// Failure of the channel; other instances may then keep serving the old value.
    fn publish(
        &self,
        l2: &L2,
        change: ChangedKeys,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Channel that sends nothing: other instances keep serving an old value until they evict it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInvalidation;

impl<L2: Sync> Invalidation<L2> for NoInvalidation {
    type Error = Infallible;

    const DELIVERS_OWN_WRITES: bool = false;

    fn subscribe(
        _: &OpenConfig,
        _: Arc<dyn InvalidationTarget>,
    ) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(Ok(Self))
    }

    fn publish(
        &self,
        _: &L2,
        _: ChangedKeys,
    ) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }
}
