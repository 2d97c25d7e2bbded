//! Cache on a Redis server, shared by all processes that use the same namespace.
//!
//! Requests use multiplexed connections, with many requests in flight on one socket. The capacity
//! is the server's `maxmemory` with `allkeys-lru`, set by the driver: this strategy never
//! configures the server, and never touches a key outside its namespace.

mod connections;
mod encoding;
mod error;
mod listener;
mod scan;

use std::time::Duration;

use bakeoff_strategy::{
    Bound, Bytes, Eviction, ExecutionMode, HEADER_BYTES, Key, OpenConfig, OpenError, Origin,
    Properties, PutOptions, Read, RequestError, Snapshot, Strategy, Value, read_with_multi_get,
};
use redis::aio::ConnectionManager;
use redis::{Client, Cmd, InfoDict, Value as Response, cmd};

use connections::Connections;
use encoding::{EncodedValue, Prefix};
pub use error::RedisError;
pub use listener::{Subscription, subscribe};

/// Default of the option `ttl_seconds`.
const DEFAULT_TTL_SECONDS: u64 = 3_600;
/// Longest time to live that every server accepts: 1,000 years.
const MAX_TTL: Duration = Duration::from_secs(1_000 * 365 * 24 * 3_600);
/// Maximum length of a command without names and values, in bytes.
const COMMAND_BYTES: usize = 40;

/// Cache in one namespace of a Redis server.
pub struct Redis {
    connections: Connections,
    prefix: Prefix,
    /// Time to live of entries that set none.
    default_ttl: Duration,
    /// Number of evictions of the server before this cache was opened.
    evicted_before: u64,
}

impl Strategy for Redis {
    type Error = RedisError;

    const MODE: ExecutionMode = ExecutionMode::Async;

    const PROPERTIES: Properties = Properties {
        bound: Bound::ServerMemory,
        shared: true,
        persistent: true,
        ttl: true,
        lossy: true,
        evicts: Eviction::SampledLru,
        ..Properties::LOCAL
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&["ttl_seconds", "timeout_ms"])?;
        let response_timeout = match config.options.get("timeout_ms", 0)? {
            0 => None,
            milliseconds => Some(Duration::from_millis(milliseconds)),
        };
        let seconds = config.options.in_range("ttl_seconds", DEFAULT_TTL_SECONDS, 1..)?;
        let address = config.service("redis")?;
        let failed = |error: RedisError| {
            OpenError::Failed(format!("cannot connect to the Redis server: {error}"))
        };
        let client = Client::open(address).map_err(|error| failed(error.into()))?;
        let connections = Connections::open(client, config.connections, response_timeout);
        let connections = connections.await.map_err(failed)?;
        let mut redis = Self {
            connections,
            prefix: Prefix::new(&config.namespace),
            default_ttl: Duration::from_secs(seconds),
            evicted_before: 0,
        };
        redis.evicted_before = redis.evicted_keys().await.map_err(failed)?;
        Ok(redis)
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, RedisError> {
        let mut get = Cmd::with_capacity(2, COMMAND_BYTES + self.prefix.name_bytes());
        get.arg("GET").arg(self.prefix.name(key));
        decode_value("GET", self.connection().await?.send_packed_command(&get).await?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), RedisError> {
        let ttl = options.ttl.unwrap_or(self.default_ttl).min(MAX_TTL);
        // Rounded up, because Redis rejects 0.
        let ttl_ms = u64::try_from(ttl.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
        let length = COMMAND_BYTES + self.prefix.name_bytes() + HEADER_BYTES + value.body.len();
        let mut set = Cmd::with_capacity(5, length);
        set.arg("SET").arg(self.prefix.name(key)).arg(EncodedValue(&value)).arg("PX").arg(ttl_ms);
        match self.connection().await?.send_packed_command(&set).await? {
            Response::Okay => Ok(()),
            other => Err(failure("SET", other)),
        }
    }

    async fn remove(&self, key: Key) -> Result<(), RedisError> {
        let mut unlink = Cmd::with_capacity(2, COMMAND_BYTES + self.prefix.name_bytes());
        unlink.arg("UNLINK").arg(self.prefix.name(key));
        match self.connection().await?.send_packed_command(&unlink).await? {
            Response::Int(_) => Ok(()),
            other => Err(failure("UNLINK", other)),
        }
    }

    async fn clear(&self) -> Result<(), RedisError> {
        scan::remove(self.connection().await?, &self.prefix).await
    }

    async fn len(&self) -> Result<u64, RedisError> {
        scan::count(self.connection().await?, &self.prefix).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, RedisError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let length = COMMAND_BYTES + keys.len() * self.prefix.name_bytes();
        let mut get = Cmd::with_capacity(1 + keys.len(), length);
        get.arg("MGET");
        for &key in keys {
            get.arg(self.prefix.name(key));
        }
        match self.connection().await?.send_packed_command(&get).await? {
            Response::Array(answers) if answers.len() == keys.len() => {
                answers.into_iter().map(|answer| decode_value("MGET", answer)).collect()
            }
            other => Err(failure("MGET", other)),
        }
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<RedisError>> {
        read_with_multi_get(self, keys, origin).await
    }

    /// Bytes and evictions are those of the whole server, which does not count them per namespace.
    async fn snapshot(&self) -> Result<Snapshot, RedisError> {
        let memory = self.info("memory").await?;
        let used: Option<u64> = memory.get("used_memory");
        let empty: Option<u64> = memory.get("used_memory_startup");
        Ok(Snapshot {
            bytes: used.zip(empty).map(|(used, empty)| used.saturating_sub(empty)),
            evictions: Some(self.evicted_keys().await?.saturating_sub(self.evicted_before)),
            ..Snapshot::default()
        })
    }
}

impl Redis {
    /// Publishes a message to the subscribers of [`Subscription::Messages`] in this namespace.
    ///
    /// # Errors
    /// [`RedisError`] if the server did not accept the request.
    pub async fn publish(&self, message: &[u8]) -> Result<(), RedisError> {
        let channel = self.prefix.bytes();
        let mut publish = Cmd::with_capacity(3, COMMAND_BYTES + channel.len() + message.len());
        publish.arg("PUBLISH").arg(channel).arg(message);
        match self.connection().await?.send_packed_command(&publish).await? {
            Response::Int(_) => Ok(()),
            other => Err(failure("PUBLISH", other)),
        }
    }

    /// Returns the name of an auxiliary object of this namespace, such as a lock.
    ///
    /// The object does not count as an entry, but [`clear`](Strategy::clear) removes it. `suffix`
    /// must not have the length of a key, 8 bytes.
    #[must_use]
    pub fn auxiliary_name(&self, suffix: &[u8]) -> Vec<u8> {
        debug_assert_ne!(suffix.len(), size_of::<Key>(), "the name would look like an entry");
        [self.prefix.bytes(), suffix].concat()
    }

    /// Sends any command, for strategies that build on this one.
    ///
    /// # Errors
    /// [`RedisError`] if the server did not accept the request.
    pub async fn send(&self, command: &Cmd) -> Result<Response, RedisError> {
        match self.connection().await?.send_packed_command(command).await? {
            Response::ServerError(error) => Err(redis::RedisError::from(error).into()),
            response => Ok(response),
        }
    }

    async fn connection(&self) -> Result<ConnectionManager, RedisError> {
        self.connections.next().await
    }

    async fn info(&self, section: &str) -> Result<InfoDict, RedisError> {
        Ok(cmd("INFO").arg(section).query_async(&mut self.connection().await?).await?)
    }

    async fn evicted_keys(&self) -> Result<u64, RedisError> {
        Ok(self.info("stats").await?.get("evicted_keys").unwrap_or(0))
    }
}

fn decode_value(command: &'static str, response: Response) -> Result<Option<Value>, RedisError> {
    match response {
        Response::Nil => Ok(None),
        Response::BulkString(bytes) => Ok(Some(Value::decode(Bytes::from(bytes))?)),
        other => Err(failure(command, other)),
    }
}

/// Returns the server's error, or an error for an unexpected response.
fn failure(command: &'static str, response: Response) -> RedisError {
    match response {
        Response::ServerError(error) => redis::RedisError::from(error).into(),
        other => RedisError::unexpected(command, &other),
    }
}
