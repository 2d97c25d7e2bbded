//! Two tiers, and the server says which keys have changed: Redis's client-side caching.
//!
//! `CLIENT TRACKING` in its broadcasting mode, over RESP3: the server pushes the name of every key
//! of the namespace that is written, removed, expired or evicted, by whomever, to every instance,
//! which drops it from its near tier. A writer tells nobody, so none can forget to. An instance
//! hears of its own writes as well, and so keeps near only what it has read. While the connection
//! is away nothing is kept near, since nobody knows what was missed.

use std::future::ready;
use std::sync::Arc;

use bakeoff_patterns::{Change, Invalidation, Listener, Nearby, Tiered};
use bakeoff_strategy::{OpenConfig, OpenError};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Heard, Redis, RedisError, Topic, listen};

/// An exact LRU in front of a Redis server that says what has changed.
pub type TieredTracking = Tiered<Lru, Redis, Tracking>;

/// Pushes from the server.
#[derive(Debug)]
pub struct Tracking {
    _listener: Listener,
}

impl Invalidation<Redis> for Tracking {
    type Error = RedisError;

    // `NOLOOP` would spare them only on the very connection that listens.
    const ECHOES: bool = true;

    async fn listen(config: &OpenConfig, near: Arc<dyn Nearby>) -> Result<Self, OpenError> {
        let hear = move |heard| match heard {
            Heard::Connected => near.hear(),
            Heard::Lost => near.cut_off(),
            Heard::Changed(key) => near.forget(key),
            Heard::Emptied => near.forget_all(),
            // Of another topic.
            Heard::Message(_) => {}
        };
        let _listener = listen(config, Topic::Keys, hear).await?;
        Ok(Self { _listener })
    }

    fn tell(&self, _: &Redis, _: Change) -> impl Future<Output = Result<(), RedisError>> + Send {
        ready(Ok(()))
    }
}
