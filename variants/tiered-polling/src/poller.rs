//! Periodic reading of the journal.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{InstanceId, InvalidationTarget, Subscriber};
use bakeoff_strategy::{OpenConfig, OpenError, Strategy};
use bakeoff_variant_redis::{Redis, RedisError};
use tokio::time::{sleep, timeout};

use crate::journal::{self, PAGE_RECORDS};

/// Time limit for the server's responses; a working server needs less, even if busy.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reader of the journal for the first tier of one instance.
pub(crate) struct Poller {
    /// Configuration of the connection to Redis.
    pub(crate) config: OpenConfig,
    pub(crate) interval: Duration,
    pub(crate) instance: InstanceId,
    pub(crate) target: Arc<dyn InvalidationTarget>,
    /// Id of the last record that was read.
    pub(crate) last_id: Vec<u8>,
}

impl Subscriber for Poller {
    type Connection = Redis;
    type Error = OpenError;

    const SOURCE: &'static str = "the journal in Redis";

    async fn connect(&mut self) -> Result<Redis, OpenError> {
        let begin = async {
            let redis = Redis::open(&self.config).await?;
            let begun = self.begin(&redis).await;
            begun.map_err(|error| OpenError::Failed(error.to_string()))?;
            Ok(redis)
        };
        let redis = timeout(TIMEOUT, begin).await.unwrap_or_else(|_| {
            Err(OpenError::Failed(format!("no response within {TIMEOUT:?}")))
        })?;
        self.target.connected();
        Ok(redis)
    }

    async fn run(&mut self, redis: Redis) {
        loop {
            sleep(self.interval).await;
            if !matches!(timeout(TIMEOUT, self.read(&redis)).await, Ok(Ok(()))) {
                break;
            }
        }
        self.target.disconnected();
    }
}

impl Poller {
    /// Appends a marker, where later reads start, and invalidates all keys, because older changes
    /// are unknown.
    ///
    /// If the marker is missing in a later read, records may have been dropped.
    async fn begin(&mut self, redis: &Redis) -> Result<(), RedisError> {
        self.last_id = journal::append(redis, b"").await?;
        journal::renew(redis).await?;
        self.target.invalidate_all();
        Ok(())
    }

    /// Reads the records since the last read and applies their changes.
    async fn read(&mut self, redis: &Redis) -> Result<(), RedisError> {
        loop {
            let records = journal::read_from(redis, &self.last_id).await?;
            if records.first().is_none_or(|first| first.id != self.last_id) {
                return self.begin(redis).await;
            }
            for record in &records[1..] {
                // Markers of other instances are empty.
                if !record.message.is_empty()
                    && let Some(change) = self.instance.decode(&record.message)
                {
                    self.target.apply(change);
                }
            }
            let is_last = records.len() < PAGE_RECORDS;
            if let Some(last) = records.into_iter().next_back() {
                self.last_id = last.id;
            }
            if is_last {
                return journal::renew(redis).await;
            }
        }
    }
}
