//! Multiplexed connections, a fixed number per runtime.

use std::time::Duration;

use bakeoff_patterns::{PerRuntime, RoundRobin};
use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::RedisError;

/// Maximum number of requests that wait for the writer of one connection.
const QUEUE_REQUESTS: usize = 1024;

/// All connections of one opened cache.
pub(crate) struct Connections {
    settings: Settings,
    pools: PerRuntime<Pool>,
}

/// The connections of one runtime.
type Pool = RoundRobin<ConnectionManager>;

struct Settings {
    client: Client,
    /// Connections per runtime.
    count: usize,
    response_timeout: Option<Duration>,
}

impl Connections {
    /// Opens the connections of the current runtime.
    pub(crate) async fn open(
        client: Client,
        count: usize,
        response_timeout: Option<Duration>,
    ) -> Result<Self, RedisError> {
        let settings = Settings { client, count, response_timeout };
        let pools = PerRuntime::new(|| settings.open_pool()).await?;
        Ok(Self { settings, pools })
    }

    /// Returns the next connection of the current runtime.
    #[inline]
    pub(crate) async fn next(&self) -> Result<ConnectionManager, RedisError> {
        let pool = self.pools.get(|| self.settings.open_pool()).await?;
        Ok(pool.next().clone())
    }
}

impl Settings {
    async fn open_pool(&self) -> Result<Pool, RedisError> {
        let first = self.connect().await?;
        let mut others = Vec::new();
        for _ in 1..self.count {
            others.push(self.connect().await?);
        }
        Ok(RoundRobin::new(first, others))
    }

    async fn connect(&self) -> Result<ConnectionManager, RedisError> {
        // A response timeout costs a timer per request, so there is none unless the user asks for
        // it; the driver ends trials that hang. The next request reopens a lost connection, without
        // retries: while the server is down, requests must fail at once instead of waiting.
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(self.response_timeout)
            .set_pipeline_buffer_size(QUEUE_REQUESTS)
            .set_number_of_retries(0);
        Ok(ConnectionManager::new_with_config(self.client.clone(), config).await?)
    }
}
