//! Invalidation: messages between instances, and keys or groups invalidated by version.

mod channel;
mod instance_id;
mod listener;
mod tagged;
pub(crate) mod versioned_keys;

pub use channel::{ChangedKeys, Invalidation, InvalidationTarget, NoInvalidation};
pub use instance_id::InstanceId;
pub use listener::{Listener, Subscriber, receive_with_pings};
pub use tagged::Tagged;
pub use versioned_keys::VersionedKeys;
