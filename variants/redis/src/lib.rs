//! A cache on a Redis server: shared by every process that uses the same namespace.
//!
//! Requests go over multiplexed connections: many may be in flight on one socket. The capacity
//! is the server's own `maxmemory` with `allkeys-lru`, which somebody else sets: this strategy
//! never configures a server, and touches no key outside its namespace.

mod arguments;
mod connections;
mod error;
mod listener;
mod scan;

use std::time::Duration;

use bakeoff_strategy::{
    Bound, Bytes, HEADER_BYTES, Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions,
    Read, RequestError, Snapshot, Strategy, Value, read_with_multi_get,
};
use redis::aio::ConnectionManager;
use redis::{Client, Cmd, InfoDict, Value as Answer, cmd};

use arguments::{Encoded, Prefix};
use connections::Connections;
pub use error::RedisError;
pub use listener::{Heard, Topic, listen};

/// Seconds that an entry lives where the request says nothing of it and the option
/// `ttl_seconds` is not given.
const DEFAULT_TTL_SECONDS: u64 = 3_600;
/// The longest time to live that every server takes: a thousand years.
const LONGEST_TTL: Duration = Duration::from_secs(1_000 * 365 * 24 * 3_600);
/// Bytes that a command's own words take, at most.
const WORDS: usize = 40;

/// A namespace on a Redis server.
pub struct Redis {
    connections: Connections,
    prefix: Prefix,
    /// Time to live of entries that come without one.
    ttl: Duration,
    /// Keys that the server had evicted before we came.
    evicted_before: u64,
}

impl Strategy for Redis {
    type Error = RedisError;

    const MODE: Mode = Mode::Async;

    const PROPERTIES: Properties = Properties {
        bound: Bound::ServerMemory,
        shared: true,
        persistent: true,
        ttl: true,
        thread_safe: true,
        fresh: true,
        lossy: true,
        eviction_batch: None,
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&["ttl_seconds", "timeout_ms"])?;
        let patience = match config.options.get("timeout_ms", 0)? {
            0 => None,
            milliseconds => Some(Duration::from_millis(milliseconds)),
        };
        let seconds = config.options.get("ttl_seconds", DEFAULT_TTL_SECONDS)?;
        if seconds == 0 {
            return Err(OpenError::Failed(String::from(
                "option ttl_seconds=0: every key has a time to live; give 1 or more",
            )));
        }
        let address = config.service("redis")?;
        let cannot = |error: RedisError| {
            OpenError::Failed(format!("no connection to the Redis server: {error}"))
        };
        let client = Client::open(address).map_err(|error| cannot(error.into()))?;
        let connections = Connections::open(client, config.connections, patience);
        let connections = connections.await.map_err(cannot)?;
        let mut redis = Self {
            connections,
            prefix: Prefix::new(&config.namespace),
            ttl: Duration::from_secs(seconds),
            evicted_before: 0,
        };
        redis.evicted_before = redis.evicted_keys().await.map_err(cannot)?;
        Ok(redis)
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, RedisError> {
        let mut get = Cmd::with_capacity(2, WORDS + self.prefix.name_bytes());
        get.arg("GET").arg(self.prefix.name(key));
        value_of("GET", self.connection().await?.send_packed_command(&get).await?)
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), RedisError> {
        let ttl = options.ttl.unwrap_or(self.ttl).min(LONGEST_TTL);
        // Rounded up: 0 is no time to live for Redis, but an error.
        let ttl_ms = u64::try_from(ttl.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
        let length = WORDS + self.prefix.name_bytes() + HEADER_BYTES + value.body.len();
        let mut set = Cmd::with_capacity(5, length);
        set.arg("SET").arg(self.prefix.name(key)).arg(Encoded(&value)).arg("PX").arg(ttl_ms);
        match self.connection().await?.send_packed_command(&set).await? {
            Answer::Okay => Ok(()),
            other => Err(refused("SET", other)),
        }
    }

    async fn remove(&self, key: Key) -> Result<(), RedisError> {
        let mut unlink = Cmd::with_capacity(2, WORDS + self.prefix.name_bytes());
        unlink.arg("UNLINK").arg(self.prefix.name(key));
        match self.connection().await?.send_packed_command(&unlink).await? {
            Answer::Int(_) => Ok(()),
            other => Err(refused("UNLINK", other)),
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
        let length = WORDS + keys.len() * self.prefix.name_bytes();
        let mut get = Cmd::with_capacity(1 + keys.len(), length);
        get.arg("MGET");
        for &key in keys {
            get.arg(self.prefix.name(key));
        }
        match self.connection().await?.send_packed_command(&get).await? {
            Answer::Array(answers) if answers.len() == keys.len() => {
                answers.into_iter().map(|answer| value_of("MGET", answer)).collect()
            }
            other => Err(refused("MGET", other)),
        }
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<RedisError>> {
        read_with_multi_get(self, keys, origin).await
    }

    /// Bytes and evictions are those of the whole server, since it knows no others.
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
    /// Publishes a message to all who listen to [`Topic::Messages`] in this namespace.
    ///
    /// # Errors
    /// [`RedisError`] if the server did not take it; nobody has heard of it then.
    pub async fn publish(&self, message: &[u8]) -> Result<(), RedisError> {
        let channel = self.prefix.channel();
        let mut publish = Cmd::with_capacity(3, WORDS + channel.len() + message.len());
        publish.arg("PUBLISH").arg(channel).arg(message);
        match self.connection().await?.send_packed_command(&publish).await? {
            Answer::Int(_) => Ok(()),
            other => Err(refused("PUBLISH", other)),
        }
    }

    /// The name of something in this namespace that is no entry: nobody counts it, and
    /// [`clear`](Strategy::clear) removes it. `what` is not as long as a key, 8 bytes.
    #[must_use]
    pub fn name_beside(&self, what: &[u8]) -> Vec<u8> {
        debug_assert_ne!(what.len(), size_of::<Key>(), "it would be taken for an entry");
        [self.prefix.channel(), what].concat()
    }

    /// Sends a command of a strategy that is made of this one.
    ///
    /// # Errors
    /// [`RedisError`] if it was not served.
    pub async fn send(&self, command: &Cmd) -> Result<Answer, RedisError> {
        match self.connection().await?.send_packed_command(command).await? {
            Answer::ServerError(error) => Err(redis::RedisError::from(error).into()),
            answer => Ok(answer),
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

fn value_of(command: &'static str, answer: Answer) -> Result<Option<Value>, RedisError> {
    match answer {
        Answer::Nil => Ok(None),
        Answer::BulkString(bytes) => Ok(Some(Value::decode(Bytes::from(bytes))?)),
        other => Err(refused(command, other)),
    }
}

/// The server's own error where it is one.
fn refused(command: &'static str, answer: Answer) -> RedisError {
    match answer {
        Answer::ServerError(error) => redis::RedisError::from(error).into(),
        other => RedisError::unexpected(command, &other),
    }
}
