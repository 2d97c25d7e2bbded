//! Two tiers whose instances announce their writes over Redis pub/sub.
//!
//! An instance that writes or removes a key publishes the key on the namespace's channel as soon as
//! Redis has the change, and every other instance removes the key from its first tier. A
//! disconnected instance misses messages, so it stores nothing in its first tier until it is
//! connected again.

use std::sync::Arc;

use bakeoff_patterns::{
    ChangedKeys, InstanceId, Invalidation, InvalidationTarget, Listener, Tiered,
};
use bakeoff_strategy::{OpenConfig, OpenError};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Redis, RedisError, Subscription, subscribe};

/// Exact LRU in front of a Redis server, with a pub/sub channel.
pub type TieredPubsub = Tiered<Lru, Redis, Pubsub>;

/// Invalidation channel over Redis pub/sub.
#[derive(Debug)]
pub struct Pubsub {
    instance: InstanceId,
    _listener: Listener,
}

impl Invalidation<Redis> for Pubsub {
    type Error = RedisError;

    // Messages contain the sender.
    const DELIVERS_OWN_WRITES: bool = false;

    async fn subscribe(
        config: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> Result<Self, OpenError> {
        let instance = InstanceId::new();
        let _listener = subscribe(config, Subscription::Messages(instance), target).await?;
        Ok(Self { instance, _listener })
    }

    async fn publish(&self, l2: &Redis, change: ChangedKeys) -> Result<(), RedisError> {
        l2.publish(&self.instance.encode(change)).await
    }
}
