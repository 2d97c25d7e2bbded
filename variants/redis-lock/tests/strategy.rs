//! The layer and its locks against a real server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bakeoff_patterns::DistributedLock;
use bakeoff_services as services;
use bakeoff_strategy::{
    Bytes, Capacity, ExecutionMode, Key, Loaded, OpenConfig, Origin, OriginError, PutOptions,
    Source, Strategy, Value,
};
use bakeoff_test_support::{PrivateRedis, require};
use bakeoff_variant_redis_lock::{RedisLock, RedisLocks};
use tokio::task::JoinSet;
use tokio::time::sleep;

const KEY: Key = Key::from_id(1);

/// Starts a private server.
fn server() -> Option<services::RedisServer> {
    require(PrivateRedis { maxmemory: 256 << 20 })
}

fn config(server: &services::RedisServer) -> OpenConfig {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("redis"), server.address().to_owned());
    config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Slow origin that counts loads.
#[derive(Clone, Default)]
struct Slow(Arc<AtomicU64>);

impl Origin for Slow {
    const MODE: ExecutionMode = ExecutionMode::Async;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(300)).await;
        let value = Value { key, version: 0, body: Bytes::from_static(b"body") };
        Ok(Some(Loaded { value, options: PutOptions::default() }))
    }

    async fn store(&self, _: Key, _: Value) -> Result<(), OriginError> {
        Ok(())
    }
}

#[test]
fn conforms_with_and_without_stale_copies() {
    let Some(server) = server() else { return };
    let services = [(String::from("redis"), server.address().to_owned())].into();
    for stale_ms in ["0", "60000"] {
        let options = [(String::from("stale_ms"), String::from(stale_ms))].into();
        bakeoff_runner::testing::conforms_with::<RedisLock>(&services, &options);
        assert_eq!(server.dbsize().unwrap(), 0, "no entry, copy or lock is left");
    }
}

#[test]
fn one_of_the_readers_of_three_instances_loads() {
    let Some(server) = server() else { return };
    block_on(async {
        let origin = Slow::default();
        let mut reads = JoinSet::new();
        for _ in 0..3 {
            // Long times, for a busy machine.
            let mut config = config(&server);
            config.options.0.insert(String::from("wait_ms"), String::from("20000"));
            config.options.0.insert(String::from("lock_ms"), String::from("20000"));
            let instance = Arc::new(RedisLock::open(&config).await.unwrap());
            for _ in 0..50 {
                let (instance, origin) = (Arc::clone(&instance), origin.clone());
                reads.spawn(async move { instance.read(KEY, &origin).await.unwrap().source });
            }
        }
        let sources = reads.join_all().await;
        assert_eq!(origin.0.load(Ordering::Relaxed), 1);
        assert_eq!(sources.iter().filter(|source| **source == Source::Loaded).count(), 1);
        assert_eq!(server.dbsize().unwrap(), 1, "only the entry: the lock was released");
    });
}

#[test]
fn a_lock_has_one_owner_which_alone_can_release_it() {
    let Some(server) = server() else { return };
    block_on(async {
        let locks = RedisLocks::open(&config(&server)).await.unwrap();
        let long = Duration::from_secs(60);
        assert!(locks.acquire(KEY, 1, long).await.unwrap());
        assert!(!locks.acquire(KEY, 2, long).await.unwrap());
        assert!(locks.acquire(Key::from_id(2), 2, long).await.unwrap(), "another key");
        locks.release(KEY, 2).await.unwrap();
        assert!(!locks.acquire(KEY, 2, long).await.unwrap());
        locks.release(KEY, 1).await.unwrap();
        assert!(locks.acquire(KEY, 2, Duration::from_millis(20)).await.unwrap());
        let begun = Instant::now();
        while !locks.acquire(KEY, 3, long).await.unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the lock did not expire");
            sleep(Duration::from_millis(5)).await;
        }
        locks.release(KEY, 2).await.unwrap();
        assert!(!locks.acquire(KEY, 4, long).await.unwrap());
    });
}
