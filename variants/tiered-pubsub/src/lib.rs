//! Two tiers whose instances tell each other what they write, over Redis pub/sub.
//!
//! Whoever writes or removes a key publishes it on the channel of the namespace when Redis has it,
//! and every other instance drops it from its near tier. A message takes a while, and one that is
//! published while a subscriber has no connection never comes: until that is back, the instance
//! keeps nothing near, since it cannot know what it missed.

use std::sync::Arc;

use bakeoff_patterns::{Change, Instance, Invalidation, Listener, Nearby, Tiered};
use bakeoff_strategy::{OpenConfig, OpenError};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Heard, Redis, RedisError, Topic, listen};

/// An exact LRU in front of a Redis server, and a channel beside it.
pub type TieredPubsub = Tiered<Lru, Redis, Pubsub>;

/// Messages between instances.
#[derive(Debug)]
pub struct Pubsub {
    instance: Instance,
    _listener: Listener,
}

impl Invalidation<Redis> for Pubsub {
    type Error = RedisError;

    // Messages say who sent them.
    const ECHOES: bool = false;

    async fn listen(config: &OpenConfig, near: Arc<dyn Nearby>) -> Result<Self, OpenError> {
        let instance = Instance::new();
        let hear = move |heard| match heard {
            Heard::Connected => near.hear(),
            Heard::Lost => near.cut_off(),
            Heard::Message(message) => match instance.change(&message) {
                Some(Change::Key(key)) => near.forget(key),
                Some(Change::All) => near.forget_all(),
                None => {}
            },
            // Of other topics.
            Heard::Changed(_) | Heard::Emptied => {}
        };
        let _listener = listen(config, Topic::Messages, hear).await?;
        Ok(Self { instance, _listener })
    }

    async fn tell(&self, far: &Redis, change: Change) -> Result<(), RedisError> {
        far.publish(&self.instance.message(change)).await
    }
}
