//! The strategy against a real server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use bakeoff_services as services;
use bakeoff_strategy::{Bytes, Capacity, Key, OpenConfig, OpenError, PutOptions, Strategy, Value};
use bakeoff_test_support::{PrivateRedis, require};
use bakeoff_variant_redis::Redis;
use tokio::runtime::{Builder, Runtime};

static BLOCK: [u8; 512] = [7; 512];

/// Starts a private server.
fn server() -> Option<services::RedisServer> {
    require(PrivateRedis { maxmemory: 256 << 20 })
}

fn config(server: &services::RedisServer) -> OpenConfig {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(1_000));
    config.services.insert(String::from("redis"), server.address().to_owned());
    config
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn value(id: u64, version: u64, body: &'static [u8]) -> Value {
    Value { key: Key::from_id(id), version, body: Bytes::from_static(body) }
}

#[test]
fn conforms() {
    let Some(server) = server() else { return };
    let services = [(String::from("redis"), server.address().to_owned())].into();
    bakeoff_runner::testing::conforms_with::<Redis>(&services, &[].into());
    assert_eq!(server.dbsize().unwrap(), 0);
}

#[test]
fn namespaces_are_separate_and_every_key_has_a_time_to_live() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let here = Redis::open(&config(&server)).await.unwrap();
        let mut there = OpenConfig { namespace: String::from("bakeoff*"), ..config(&server) };
        there.options.0.insert(String::from("ttl_seconds"), String::from("5"));
        let there = Redis::open(&there).await.unwrap();
        for id in 0..3_000 {
            here.put(Key::from_id(id), value(id, 0, b"here"), PutOptions::default()).await.unwrap();
        }
        let soon = PutOptions { ttl: Some(Duration::from_micros(1)), weight: 1 };
        there.put(Key(1), value(1, 0, b"there"), PutOptions::default()).await.unwrap();
        there.put(Key(2), value(2, 0, b"there"), soon).await.unwrap();
        let begun = Instant::now();
        while there.get(Key(2)).await.unwrap().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the entry did not expire");
        }
        assert_eq!((here.len().await.unwrap(), there.len().await.unwrap()), (3_000, 1));
        let keyspace = server.info("keyspace").unwrap()["db0"].clone();
        assert!(keyspace.contains("keys=3001,expires=3001"), "{keyspace}");
        there.clear().await.unwrap();
        assert_eq!((here.len().await.unwrap(), there.len().await.unwrap()), (3_000, 0));
        assert!(here.snapshot().await.unwrap().bytes.unwrap() > 3_000 * 20);
    });
}

#[test]
fn get_many_keeps_the_order_of_keys() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let redis = Redis::open(&config(&server)).await.unwrap();
        let empty = value(7, 3, b"");
        redis.put(empty.key, empty.clone(), PutOptions::default()).await.unwrap();
        let keys = [Key::from_id(6), Key::from_id(7), Key::from_id(7)];
        let answers = redis.get_many(&keys).await.unwrap();
        assert_eq!(answers, [None, Some(empty.clone()), Some(empty)]);
        assert_eq!(redis.get_many(&[]).await.unwrap(), []);
    });
}

#[test]
fn every_runtime_has_its_own_connections() {
    let Some(server) = server() else { return };
    let home = runtime();
    let config = OpenConfig { connections: 3, ..config(&server) };
    let redis = home.block_on(Redis::open(&config)).unwrap();
    // The runtime that opened the cache does not run meanwhile: a request that needed it would
    // hang.
    std::thread::scope(|scope| {
        for id in 0..2 {
            let redis = &redis;
            scope.spawn(move || {
                runtime().block_on(async {
                    let stored = value(id, 1, b"body");
                    redis.put(stored.key, stored.clone(), PutOptions::default()).await.unwrap();
                    for _ in 0..5 {
                        let found = redis.get(stored.key).await.unwrap();
                        assert_eq!(found.as_ref(), Some(&stored));
                    }
                });
            });
        }
    });
    assert_eq!(home.block_on(redis.len()).unwrap(), 2);
    let received = server.info("stats").unwrap()["total_connections_received"].clone();
    // Three per runtime; one to control the server and one while it started.
    assert_eq!(received, "10");
}

#[test]
fn requests_fail_during_an_outage_and_succeed_afterwards() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let redis = Redis::open(&config(&server)).await.unwrap();
        let stored = value(1, 1, b"body");
        redis.put(stored.key, stored.clone(), PutOptions::default()).await.unwrap();
        server.kill().unwrap();
        let begun = Instant::now();
        for _ in 0..3 {
            redis.get(stored.key).await.unwrap_err();
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        server.restart(0).unwrap();
        // The first request after an outage may still return the error of the last reconnection.
        let _ = redis.get(stored.key).await;
        assert_eq!(redis.get(stored.key).await.unwrap(), None, "the server lost its entries");
        redis.put(stored.key, stored.clone(), PutOptions::default()).await.unwrap();
        assert_eq!(redis.get(stored.key).await.unwrap(), Some(stored));
    });
}

#[test]
fn a_full_server_evicts_entries_and_counts_the_evictions() {
    let Some(server) = server() else { return };
    server.set_maxmemory(server.used_memory().unwrap() + (1 << 20)).unwrap();
    runtime().block_on(async {
        let redis = Redis::open(&config(&server)).await.unwrap();
        for id in 0..20_000 {
            redis
                .put(Key::from_id(id), value(id, 0, &[7; 100]), PutOptions::default())
                .await
                .unwrap();
        }
        let held = redis.len().await.unwrap();
        assert!(held < 10_000, "{held}");
        // Counting the entries needs memory too, which evicts a few more.
        let gone = redis.snapshot().await.unwrap().evictions.unwrap() + held;
        assert!((20_000..20_050).contains(&gone), "{gone}");
    });
}

#[test]
fn open_errors_state_the_reason() {
    let runtime = runtime();
    let mut nowhere = OpenConfig::with_capacity(Capacity::Unbounded);
    let opened = runtime.block_on(Redis::open(&nowhere)).err().unwrap();
    assert_eq!(opened, OpenError::MissingService { name: "redis" });
    nowhere.services.insert(String::from("redis"), String::from("unix:///no/such/socket"));
    let opened = runtime.block_on(Redis::open(&nowhere)).err().unwrap();
    assert!(opened.to_string().contains("cannot connect"), "{opened}");
    nowhere.options.0.insert(String::from("ttl"), String::from("1"));
    let opened = runtime.block_on(Redis::open(&nowhere)).err().unwrap();
    assert!(opened.to_string().contains("ttl_seconds"), "{opened}");
}

#[test]
fn a_calibrated_server_holds_the_requested_number_of_entries() {
    let Some(server) = server() else { return };
    let runtime = runtime();
    let redis = runtime.block_on(Redis::open(&config(&server))).unwrap();
    let fill = |ids: std::ops::Range<u64>| -> Result<(), services::Error> {
        runtime.block_on(async {
            for id in ids {
                // Sizes from 64 to 511 bytes, mixed.
                let body = &BLOCK[..64 + (id * 37 % 448) as usize];
                redis
                    .put(Key::from_id(id), value(id, 0, body), PutOptions::default())
                    .await
                    .unwrap();
            }
        });
        Ok(())
    };
    // The second target is just above a size at which the server's hash tables double, so that the
    // first guess is wrong.
    for target in [2_000, 4_100] {
        let parity = services::parity::calibrate(&server, target, fill).unwrap();
        assert!(parity.deviation().abs() <= 0.05, "{parity:?}");
        assert_eq!(server.dbsize().unwrap(), 0);
        assert_eq!(server.maxmemory().unwrap(), parity.maxmemory_bytes);
        // Fill the server again, as a replay would.
        fill(0..3 * target).unwrap();
        let held = runtime.block_on(redis.len()).unwrap() as f64 / target as f64;
        assert!((held - 1.0).abs() <= 0.05, "{held} of {parity:?}");
    }
}
