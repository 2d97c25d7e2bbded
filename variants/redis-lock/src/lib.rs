//! Redis with a lock per key, so that one of the instances that miss a key loads it.
//!
//! `SET NX PX` acquires the lock with a token of its owner. A script releases it only if the token
//! is unchanged, because an expired lock may belong to another owner (Redis documentation,
//! "Distributed locks with Redis", the single-instance algorithm). If two owners hold a lock at
//! once, the cost is a redundant load, never a wrong answer, so a single server suffices.

use std::time::Duration;

use bakeoff_patterns::{DistributedLock, DistributedSingleFlight};
use bakeoff_strategy::{Key, OpenConfig, OpenError, Options, Strategy};
use bakeoff_variant_redis::{Redis, RedisError};
use redis::{Value as Response, cmd};

/// Redis, with one lock per key for loads; the locks are in the same namespace.
pub type RedisLock = DistributedSingleFlight<Redis, RedisLocks>;

/// Releases a lock if the token still owns it.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
    return redis.call('DEL', KEYS[1]) else return 0 end";

/// Locks on a Redis server, one per key.
pub struct RedisLocks(Redis);

impl RedisLocks {
    fn lock_name(&self, key: Key) -> Vec<u8> {
        self.0.auxiliary_name(&[b"lock:".as_slice(), &key.0.to_le_bytes()].concat())
    }
}

impl DistributedLock for RedisLocks {
    type Error = RedisError;

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let config = OpenConfig { options: Options::default(), ..config.clone() };
        Redis::open(&config).await.map(Self)
    }

    async fn acquire(&self, key: Key, token: u64, lease: Duration) -> Result<bool, RedisError> {
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut set = cmd("SET");
        set.arg(self.lock_name(key)).arg(token).arg("NX").arg("PX").arg(lease_ms);
        match self.0.send(&set).await? {
            Response::Okay => Ok(true),
            Response::Nil => Ok(false),
            other => Err(RedisError::unexpected("SET NX", &other)),
        }
    }

    async fn release(&self, key: Key, token: u64) -> Result<(), RedisError> {
        let mut release = cmd("EVAL");
        release.arg(RELEASE).arg(1).arg(self.lock_name(key)).arg(token);
        self.0.send(&release).await.map(drop)
    }
}
