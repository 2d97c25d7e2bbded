//! Two tiers whose instances append their changes to a journal in Redis and poll it.
//!
//! The journal is a Redis stream of about the last thousand changes. An instance remembers the last
//! record it has read, and reads that record and all later ones. If the record no longer exists,
//! changes may have been missed (more were written than the journal keeps, or the server lost or
//! evicted the stream), and the first tier is cleared.

mod journal;
mod poller;

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{
    ChangedKeys, InstanceId, Invalidation, InvalidationTarget, Listener, Tiered,
};
use bakeoff_strategy::{OpenConfig, OpenError, Options};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Redis, RedisError};

use poller::Poller;

/// Exact LRU in front of a Redis server, with a journal.
pub type TieredPolling = Tiered<Lru, Redis, Polling>;

const POLL_MS: &str = "poll_ms";

/// Invalidation channel: a journal that instances poll.
#[derive(Debug)]
pub struct Polling {
    instance: InstanceId,
    _listener: Listener,
}

impl Invalidation<Redis> for Polling {
    type Error = RedisError;

    // Records contain the writer.
    const DELIVERS_OWN_WRITES: bool = false;
    const OPTIONS: &[&str] = &[POLL_MS];

    async fn subscribe(
        config: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> Result<Self, OpenError> {
        let interval_ms: u64 = config.options.in_range(POLL_MS, 100, 1..)?;
        let instance = InstanceId::new();
        let poller = Poller {
            config: OpenConfig { options: Options::default(), connections: 1, ..config.clone() },
            interval: Duration::from_millis(interval_ms),
            instance,
            target,
            last_id: Vec::new(),
        };
        let _listener = Listener::start(poller).await?;
        Ok(Self { instance, _listener })
    }

    async fn publish(&self, l2: &Redis, change: ChangedKeys) -> Result<(), RedisError> {
        journal::append(l2, &self.instance.encode(change)).await?;
        match change {
            ChangedKeys::Key(_) => Ok(()),
            // Clearing the namespace removed the journal; this record is the first of a new one.
            ChangedKeys::All => journal::renew(l2).await,
        }
    }
}
