//! The strategy against a real server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use bakeoff_services::PostgresServer;
use bakeoff_strategy::{Bytes, Capacity, Key, OpenConfig, OpenError, PutOptions, Strategy, Value};
use bakeoff_test_support::{PrivatePostgres, require};
use bakeoff_variant_pg_unlogged::PgUnlogged;
use tokio::runtime::{Builder, Runtime};

const SCHEMA: &str = "bakeoff_test";

/// Starts a private server with an empty schema.
fn server() -> Option<PostgresServer> {
    let server = require(PrivatePostgres)?;
    server.create_schema(SCHEMA).unwrap();
    Some(server)
}

fn config(server: &PostgresServer, capacity: u64) -> OpenConfig {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(capacity));
    config.services.insert(String::from("postgres"), server.address(SCHEMA));
    config
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn value(id: u64, version: u64) -> Value {
    Value { key: Key::from_id(id), version, body: Bytes::from_static(b"body") }
}

async fn put(cache: &PgUnlogged, value: Value) {
    cache.put(value.key, value, PutOptions::default()).await.unwrap();
}

#[test]
fn conforms_within_its_schema() {
    let Some(server) = server() else { return };
    let services = [(String::from("postgres"), server.address(SCHEMA))].into();
    bakeoff_runner::testing::conforms_with::<PgUnlogged>(&services, &[].into());
    assert!(server.schema_bytes(SCHEMA).unwrap() > 0, "its tables are in the given schema");
    assert_eq!(server.schema_bytes("public").unwrap(), 0);
    // The driver drops the schema after use; nothing is left then.
    server.drop_schema(SCHEMA).unwrap();
    assert_eq!(server.schema_bytes(SCHEMA).unwrap(), 0);
}

#[test]
fn the_capacity_holds_across_instances() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let here = PgUnlogged::open(&config(&server, 1_000)).await.unwrap();
        let there = PgUnlogged::open(&config(&server, 1_000)).await.unwrap();
        for id in 0..3_000 {
            put(if id % 2 == 0 { &here } else { &there }, value(id, 0)).await;
            if id % 250 == 0 {
                let held = here.len().await.unwrap();
                assert!(held <= 1_000 + 2 * SWEEP_INTERVAL, "{held}");
            }
        }
        here.settle().await.unwrap();
        assert_eq!(there.len().await.unwrap(), 1_000);
        let evictions = |snapshot: bakeoff_strategy::Snapshot| snapshot.evictions.unwrap();
        let evicted =
            evictions(here.snapshot().await.unwrap()) + evictions(there.snapshot().await.unwrap());
        assert_eq!(evicted, 2_000);
        // The entries written first are evicted, whichever instance wrote them.
        assert_eq!(here.get(Key::from_id(1_999)).await.unwrap(), None);
        assert_eq!(there.get(Key::from_id(2_000)).await.unwrap(), Some(value(2_000, 0)));
    });
}

/// Puts of an instance between two sweeps.
const SWEEP_INTERVAL: u64 = 16;

#[test]
fn expired_entries_are_removed_before_others_are_evicted() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let cache = PgUnlogged::open(&config(&server, 100)).await.unwrap();
        for id in 0..50 {
            put(&cache, value(id, 0)).await;
        }
        let soon = PutOptions { ttl: Some(Duration::from_millis(1)), weight: 1 };
        for id in 50..100 {
            cache.put(Key::from_id(id), value(id, 0), soon).await.unwrap();
        }
        while cache.get(Key::from_id(99)).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for id in 100..150 {
            put(&cache, value(id, 0)).await;
        }
        cache.settle().await.unwrap();
        assert_eq!(cache.len().await.unwrap(), 100);
        assert_eq!(cache.snapshot().await.unwrap().evictions, Some(0));
        assert_eq!(cache.get(Key::from_id(0)).await.unwrap(), Some(value(0, 0)));
    });
}

#[test]
fn get_many_keeps_the_order_of_keys() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let cache = PgUnlogged::open(&config(&server, 100)).await.unwrap();
        put(&cache, value(7, 3)).await;
        let keys = [Key::from_id(6), Key::from_id(7), Key::from_id(7)];
        let answers = cache.get_many(&keys).await.unwrap();
        assert_eq!(answers, [None, Some(value(7, 3)), Some(value(7, 3))]);
        assert_eq!(cache.get_many(&[]).await.unwrap(), []);
    });
}

#[test]
fn every_runtime_has_its_own_connections() {
    let Some(server) = server() else { return };
    let home = runtime();
    let config = OpenConfig { connections: 2, ..config(&server, 100) };
    let cache = home.block_on(PgUnlogged::open(&config)).unwrap();
    // The runtime that opened the cache does not run meanwhile: a request that needed it would
    // hang.
    std::thread::scope(|scope| {
        for id in 0..2 {
            let cache = &cache;
            scope.spawn(move || {
                runtime().block_on(async {
                    put(cache, value(id, 1)).await;
                    for _ in 0..5 {
                        assert_eq!(cache.get(Key::from_id(id)).await.unwrap(), Some(value(id, 1)));
                    }
                });
            });
        }
    });
    assert_eq!(home.block_on(cache.len()).unwrap(), 2);
}

#[test]
fn requests_reconnect_after_a_crash_which_empties_the_table() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let cache = PgUnlogged::open(&config(&server, 100)).await.unwrap();
        put(&cache, value(1, 1)).await;
        server.kill().unwrap();
        let begun = std::time::Instant::now();
        for _ in 0..3 {
            cache.get(Key::from_id(1)).await.unwrap_err();
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        server.restart().unwrap();
        assert_eq!(
            cache.get(Key::from_id(1)).await.unwrap(),
            None,
            "an unlogged table is empty after a crash"
        );
        put(&cache, value(1, 2)).await;
        assert_eq!(cache.get(Key::from_id(1)).await.unwrap(), Some(value(1, 2)));
        // Without a crash the table keeps its entries.
        server.disconnect().unwrap();
        cache.get(Key::from_id(1)).await.unwrap_err();
        server.reconnect().unwrap();
        assert_eq!(cache.get(Key::from_id(1)).await.unwrap(), Some(value(1, 2)));
    });
}

#[test]
fn open_errors_state_the_reason() {
    let runtime = runtime();
    let mut nowhere = OpenConfig::with_capacity(Capacity::Entries(10));
    let refusal = |config: &OpenConfig| runtime.block_on(PgUnlogged::open(config)).err().unwrap();
    assert_eq!(refusal(&nowhere), OpenError::MissingService { name: "postgres" });
    let address = String::from("postgresql:///postgres?host=/no/such/folder&user=bakeoff");
    nowhere.services.insert(String::from("postgres"), address);
    assert!(refusal(&nowhere).to_string().contains("cannot open a table"), "{}", refusal(&nowhere));
    nowhere.options.0.insert(String::from("ttl_seconds"), String::from("0"));
    assert!(refusal(&nowhere).to_string().contains("ttl_seconds=\"0\""), "{}", refusal(&nowhere));
    let bytes = OpenConfig::with_capacity(Capacity::Bytes(10));
    assert_eq!(refusal(&bytes), OpenError::UnsupportedCapacity(Capacity::Bytes(10)));
}
