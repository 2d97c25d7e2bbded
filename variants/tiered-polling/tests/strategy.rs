//! Two instances with invalidation by a polled journal.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../tiered/tests/instances/mod.rs"]
mod instances;

use std::time::Instant;

use bakeoff_strategy::{Capacity, OpenConfig, Strategy};
use bakeoff_variant_tiered_polling::TieredPolling as Cache;
use instances::{block_on, near, open, put, server, until, value, version};

/// Checks that only journals are left, which have a time to live.
fn check_cleaned_up(server: &bakeoff_services::RedisServer) {
    let (keys, keyspace) = (server.dbsize().unwrap(), server.info("keyspace").unwrap());
    assert!(keyspace["db0"].contains(&format!("keys={keys},expires={keys}")), "{keyspace:?}");
}

#[test]
fn changes_dropped_from_the_journal_clear_the_first_tier() {
    let Some(server) = server() else { return };
    block_on(async {
        let mut config = OpenConfig::with_capacity(Capacity::Entries(10_000));
        config.services.insert(String::from("redis"), server.address().to_owned());
        let here = Cache::open(&config).await.unwrap();
        config.options.0.insert(String::from("poll_ms"), String::from("1500"));
        let there = Cache::open(&config).await.unwrap();
        put(&here, value(1, 1)).await;
        until("the key is in the first tier", || async {
            version(&there, 1).await;
            near(&there).await == 1
        })
        .await;
        put(&here, value(1, 2)).await;
        let begun = Instant::now();
        for id in 0..5_000 {
            put(&here, value(2 + id, 1)).await;
        }
        println!("5,000 writes took {:?}", begun.elapsed());
        until("the first tier is cleared", || async { version(&there, 1).await == Some(2) }).await;
    });
}

#[test]
fn a_write_is_seen_at_the_next_poll() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        until("the key is in the first tier", || async {
            version(&there, 1).await == Some(1) && near(&there).await == 1
        })
        .await;
        until("the entry and the journal have a time to live", || async {
            server.info("keyspace").unwrap()["db0"].contains("keys=2,expires=2")
        })
        .await;
        put(&here, value(1, 2)).await;
        until("the write is seen", || async { version(&there, 1).await == Some(2) }).await;
    });
}

#[test]
fn the_poll_interval_must_be_positive() {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.options.0.insert(String::from("poll_ms"), String::from("0"));
    let refusal = |config: &OpenConfig| block_on(Cache::open(config)).err().unwrap().to_string();
    let Some(server) = server() else { return };
    config.services.insert(String::from("redis"), server.address().to_owned());
    assert!(refusal(&config).contains("poll_ms"), "{}", refusal(&config));
    config.options.0.insert(String::from("poll"), String::from("5"));
    assert!(refusal(&config).contains("poll_ms, ttl_seconds"), "{}", refusal(&config));
}
