//! Redis, and a lock there for whoever loads a key: of all instances that miss it, one asks the
//! origin.
//!
//! `SET NX PX` takes the lock, with a token of its owner; a script gives it back if the token is
//! still there, since a lock that ended by itself may be another's by then (Redis documentation,
//! "Distributed locks with Redis", the single-instance algorithm). A lock that two hold at once
//! costs a load, never a wrong answer, so one server's word is enough.

use std::time::Duration;

use bakeoff_patterns::{Lock, Locked};
use bakeoff_strategy::{Key, OpenConfig, OpenError, Options, Strategy};
use bakeoff_variant_redis::{Redis, RedisError};
use redis::{Value as Answer, cmd};

/// Redis with locks in the same namespace.
pub type RedisLock = Locked<Redis, RedisLocks>;

/// Gives a lock back if it is still its owner's.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
    return redis.call('DEL', KEYS[1]) else return 0 end";

/// Locks on a Redis server.
pub struct RedisLocks(Redis);

impl RedisLocks {
    fn name(&self, key: Key) -> Vec<u8> {
        self.0.name_beside(&[b"lock:".as_slice(), &key.0.to_le_bytes()].concat())
    }
}

impl Lock for RedisLocks {
    type Error = RedisError;

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let config = OpenConfig { options: Options::default(), ..config.clone() };
        Redis::open(&config).await.map(Self)
    }

    async fn acquire(&self, key: Key, token: u64, lasts: Duration) -> Result<bool, RedisError> {
        let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(token).arg("NX").arg("PX").arg(lasts_ms);
        match self.0.send(&set).await? {
            Answer::Okay => Ok(true),
            Answer::Nil => Ok(false),
            other => Err(RedisError::unexpected("SET NX", &other)),
        }
    }

    async fn release(&self, key: Key, token: u64) -> Result<(), RedisError> {
        let mut release = cmd("EVAL");
        release.arg(RELEASE).arg(1).arg(self.name(key)).arg(token);
        self.0.send(&release).await.map(drop)
    }
}
