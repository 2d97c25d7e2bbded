//! Both tiers against a real server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};

use bakeoff_services::RedisServer;
use bakeoff_strategy::{
    Bytes, Capacity, ExecutionMode, Key, Loaded, OpenConfig, Origin, OriginError, PutOptions,
    Source, Strategy, Value,
};
use bakeoff_test_support::{PrivateRedis, require};
use bakeoff_variant_tiered::LruOverRedis;

/// Starts a private server.
fn server() -> Option<RedisServer> {
    require(PrivateRedis { maxmemory: 256 << 20 })
}

fn config(server: &RedisServer, capacity: u64) -> OpenConfig {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(capacity));
    config.services.insert(String::from("redis"), server.address().to_owned());
    config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn value(id: u64, version: u64) -> Value {
    Value { key: Key::from_id(id), version, body: Bytes::from_static(b"body") }
}

async fn put(cache: &LruOverRedis, value: Value) {
    cache.put(value.key, value, PutOptions::default()).await.unwrap();
}

/// Returns how often the server has run a command.
fn calls(server: &RedisServer, command: &str) -> u64 {
    let stats = server.info("commandstats").unwrap();
    let entry = stats.get(&format!("cmdstat_{command}"));
    entry.map_or(0, |entry| entry["calls=".len()..].split(',').next().unwrap().parse().unwrap())
}

/// Origin that counts loads.
#[derive(Default)]
struct Rows(AtomicU64);

impl Origin for Rows {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self::default()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let value = value(key.id(), 0);
        Ok(Some(Loaded { value, options: PutOptions::default() }))
    }

    async fn store(&self, _key: Key, _value: Value) -> Result<(), OriginError> {
        Ok(())
    }
}

#[test]
fn hits_report_their_tier_and_are_promoted() {
    let Some(server) = server() else { return };
    block_on(async {
        // One entry in the first tier, nine in the second.
        let cache = LruOverRedis::open(&config(&server, 10)).await.unwrap();
        let rows = Rows::default();
        let mut sources = Vec::new();
        for id in [1, 1, 2, 1, 1, 2] {
            sources.push(cache.read(Key::from_id(id), &rows).await.unwrap().source);
        }
        let (near, far) = (Source::Hit { tier: 0 }, Source::Hit { tier: 1 });
        assert_eq!(sources, [Source::Loaded, near, Source::Loaded, far, near, far]);
        assert_eq!(rows.0.load(Ordering::Relaxed), 2);
        assert_eq!(cache.snapshot().await.unwrap().tier_entries, [1, 2]);
        assert_eq!(cache.len().await.unwrap(), 2);
    });
}

#[test]
fn get_many_uses_both_tiers_and_promotes() {
    let Some(server) = server() else { return };
    block_on(async {
        let cache = LruOverRedis::open(&config(&server, 20)).await.unwrap();
        for id in 0..4 {
            put(&cache, value(id, 0)).await;
        }
        let keys = [3, 9, 0].map(Key::from_id);
        let answers = cache.get_many(&keys).await.unwrap();
        assert_eq!(answers, [Some(value(3, 0)), None, Some(value(0, 0))]);
        server.empty().unwrap();
        let answers = cache.get_many(&keys).await.unwrap();
        assert_eq!(answers, [Some(value(3, 0)), None, Some(value(0, 0))]);
    });
}

#[test]
fn read_many_asks_each_tier_once_and_loads_missing_keys() {
    let Some(server) = server() else { return };
    block_on(async {
        let cache = LruOverRedis::open(&config(&server, 100)).await.unwrap();
        let fresh = LruOverRedis::open(&config(&server, 100)).await.unwrap();
        for id in 0..3 {
            put(&fresh, value(id, 0)).await;
        }
        cache.read(Key::from_id(1), &Rows::default()).await.unwrap();
        let (mgets, gets) = (calls(&server, "mget"), calls(&server, "get"));
        let rows = Rows::default();
        let keys = [7, 1, 2, 0].map(Key::from_id);
        let reads = cache.read_many(&keys, &rows).await.unwrap();
        let sources: Vec<_> = reads.iter().map(|read| read.source).collect();
        let (near, far) = (Source::Hit { tier: 0 }, Source::Hit { tier: 1 });
        assert_eq!(sources, [Source::Loaded, near, far, far]);
        assert!(
            keys.iter()
                .zip(&reads)
                .all(|(&key, read)| { read.value.as_ref().is_some_and(|value| value.key == key) })
        );
        assert_eq!(rows.0.load(Ordering::Relaxed), 1);
        assert_eq!((calls(&server, "mget") - mgets, calls(&server, "get") - gets), (1, 0));
        let again = cache.read_many(&keys, &rows).await.unwrap();
        assert!(again.iter().all(|read| read.source == near), "{again:?}");
    });
}

#[test]
fn writes_and_removals_reach_both_tiers() {
    let Some(server) = server() else { return };
    block_on(async {
        let cache = LruOverRedis::open(&config(&server, 10)).await.unwrap();
        let fresh = LruOverRedis::open(&config(&server, 10)).await.unwrap();
        put(&cache, value(1, 0)).await;
        put(&cache, value(1, 1)).await;
        assert_eq!(cache.get(Key::from_id(1)).await.unwrap(), Some(value(1, 1)));
        assert_eq!(fresh.get(Key::from_id(1)).await.unwrap(), Some(value(1, 1)));
        // The other instance has the key in its first tier now, and does not learn of the next
        // write.
        put(&cache, value(1, 2)).await;
        assert_eq!(fresh.get(Key::from_id(1)).await.unwrap(), Some(value(1, 1)));
        cache.remove(Key::from_id(1)).await.unwrap();
        assert_eq!(cache.get(Key::from_id(1)).await.unwrap(), None);
        assert_eq!(server.dbsize().unwrap(), 0);
    });
}

#[test]
fn the_server_capacity_excludes_the_first_tier() {
    let mut options = bakeoff_strategy::Options::default();
    assert_eq!(LruOverRedis::server_capacity(1_000, &options), Ok(900));
    options.0.insert(String::from("l1_share"), String::from("0.25"));
    assert_eq!(LruOverRedis::server_capacity(1_000, &options), Ok(750));
    options.0.insert(String::from("l1_share"), String::from("7"));
    assert!(LruOverRedis::server_capacity(1_000, &options).is_err());
}

#[test]
fn the_error_for_an_unknown_option_lists_all_options() {
    let Some(server) = server() else { return };
    let mut config = config(&server, 10);
    config.options.0.insert(String::from("l1share"), String::from("0.5"));
    let error = block_on(LruOverRedis::open(&config)).err().unwrap().to_string();
    assert!(error.contains("l1_share") && error.contains("ttl_seconds"), "{error}");
}
