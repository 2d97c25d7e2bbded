//! Two tiers whose instances write down what they write, and read what others wrote down.
//!
//! The journal is a stream on the Redis server, of the last thousand changes. An instance remembers
//! the entry that it read last and asks for that one and all that follow. If it is no longer there,
//! something may have been missed (more was written than is kept, the server was emptied, or it
//! evicted the stream), and the near tier is emptied.

mod journal;
mod poller;

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{Change, Instance, Invalidation, Nearby, Tiered};
use bakeoff_strategy::{OpenConfig, OpenError};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::{Redis, RedisError};

use poller::Poller;

/// An exact LRU in front of a Redis server, and a journal beside it.
pub type TieredPolling = Tiered<Lru, Redis, Polling>;

const POLL_MS: &str = "poll_ms";

/// A journal that instances read every so often.
#[derive(Debug)]
pub struct Polling {
    instance: Instance,
    _poller: Poller,
}

impl Invalidation<Redis> for Polling {
    type Error = RedisError;

    // Entries say who wrote them.
    const ECHOES: bool = false;
    const OPTIONS: &[&str] = &[POLL_MS];

    async fn listen(config: &OpenConfig, near: Arc<dyn Nearby>) -> Result<Self, OpenError> {
        let every: u64 = config.options.get(POLL_MS, 100)?;
        if every == 0 {
            let why = format!("option {POLL_MS}=0: expected 1 or more");
            return Err(OpenError::Failed(why));
        }
        let instance = Instance::new();
        let _poller = Poller::start(config, Duration::from_millis(every), instance, near).await?;
        Ok(Self { instance, _poller })
    }

    async fn tell(&self, far: &Redis, change: Change) -> Result<(), RedisError> {
        journal::append(far, &self.instance.message(change)).await?;
        match change {
            Change::Key(_) => Ok(()),
            // It was removed with everything else, and this is the first entry of a new one.
            Change::All => journal::keep(far).await,
        }
    }
}
