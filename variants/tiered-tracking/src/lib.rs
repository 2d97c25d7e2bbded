//! Two tiers in which the Redis server announces changed keys (client-side caching).
//!
//! With `CLIENT TRACKING` in broadcasting mode, over RESP3, the server sends every instance the
//! name of each key of the namespace that is written, removed, expired or evicted, whatever the
//! cause. Writers publish nothing themselves, so changes by other programs are announced too. An
//! instance also receives its own writes, and therefore stores in its first tier only what it
//! reads. While its connection is lost, the instance stores nothing in its first tier.

use std::future::ready;
use std::sync::Arc;

use bakeoff_patterns::{ChangedKeys, Invalidation, InvalidationTarget, Listener, Tiered};
use bakeoff_strategy::{OpenConfig, OpenError};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Redis, RedisError, Subscription, subscribe};

/// Exact LRU in front of a Redis server that announces changed keys.
pub type TieredTracking = Tiered<Lru, Redis, Tracking>;

/// Invalidation channel over `CLIENT TRACKING`.
#[derive(Debug)]
pub struct Tracking {
    _listener: Listener,
}

impl Invalidation<Redis> for Tracking {
    type Error = RedisError;

    // `NOLOOP` would suppress only the writes of the listening connection itself.
    const DELIVERS_OWN_WRITES: bool = true;

    async fn subscribe(
        config: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> Result<Self, OpenError> {
        let _listener = subscribe(config, Subscription::KeyChanges, target).await?;
        Ok(Self { _listener })
    }

    fn publish(
        &self,
        _: &Redis,
        _: ChangedKeys,
    ) -> impl Future<Output = Result<(), RedisError>> + Send {
        ready(Ok(()))
    }
}
