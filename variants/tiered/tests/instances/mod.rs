//! Tests of two tiers with invalidation over Redis, against a real server. A variant includes this
//! module and defines its `Cache` and `check_cleaned_up`.

mod requests;

use bakeoff_services as services;
use bakeoff_strategy::{Capacity, Key, OpenConfig, OpenError, PutOptions, Strategy};
use bakeoff_test_support::{PrivateRedis, require};
pub(crate) use requests::{block_on, put, until, value, version};

use super::{Cache, check_cleaned_up};

/// Starts a private server.
pub(crate) fn server() -> Option<services::RedisServer> {
    require(PrivateRedis { maxmemory: 256 << 20 })
}

pub(crate) async fn open(server: &services::RedisServer) -> Cache {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("redis"), server.address().to_owned());
    Cache::open(&config).await.unwrap()
}

pub(crate) async fn near(cache: &Cache) -> u64 {
    cache.snapshot().await.unwrap().tier_entries[0]
}

#[test]
fn conforms() {
    let Some(server) = server() else { return };
    let services = [(String::from("redis"), server.address().to_owned())].into();
    bakeoff_runner::testing::conforms_with::<Cache>(&services, &[].into());
    check_cleaned_up(&server);
}

#[test]
fn writes_removals_and_clears_reach_the_other_instance() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        for id in 0..3 {
            put(&here, value(id, 1)).await;
        }
        until("all keys are in the first tier", || async {
            for id in 0..3 {
                assert_eq!(version(&there, id).await, Some(1));
            }
            near(&there).await == 3
        })
        .await;
        put(&here, value(0, 2)).await;
        until("the write is seen", || async { version(&there, 0).await == Some(2) }).await;
        here.remove(Key::from_id(1)).await.unwrap();
        until("the removal is seen", || async { version(&there, 1).await.is_none() }).await;
        assert_eq!(version(&there, 2).await, Some(1), "key 2 was not changed");
        here.clear().await.unwrap();
        until("the clear is seen", || async { version(&there, 2).await.is_none() }).await;
    });
}

#[test]
fn entries_changed_during_an_outage_are_not_served() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        until("all keys are in the first tier", || async {
            version(&there, 1).await;
            near(&there).await == 1
        })
        .await;
        server.kill().unwrap();
        until("a disconnected instance clears its first tier", || async {
            there.get(Key::from_id(1)).await.is_err()
        })
        .await;
        server.restart(0).unwrap();
        until("the instance serves again", || async { there.get(Key::from_id(1)).await.is_ok() })
            .await;
        assert_eq!(version(&there, 1).await, None, "the server restarted empty");
        until("the instance writes again", || async {
            here.put(Key::from_id(1), value(1, 2), PutOptions::default()).await.is_ok()
        })
        .await;
        // The instance is subscribed again, so the next write invalidates the entry that it caches
        // now.
        until("the key is in the first tier again", || async {
            version(&there, 1).await == Some(2) && near(&there).await == 1
        })
        .await;
        put(&here, value(1, 3)).await;
        until("a write is received again", || async { version(&there, 1).await == Some(3) }).await;
    });
}

#[test]
fn open_fails_without_a_server() {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    let opened = block_on(Cache::open(&config));
    assert!(matches!(opened, Err(OpenError::MissingService { name: "redis" })));
    config.services.insert(String::from("redis"), String::from("unix:///nowhere/at/all"));
    assert!(matches!(block_on(Cache::open(&config)), Err(OpenError::Failed(_))));
}
