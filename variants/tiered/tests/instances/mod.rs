//! What holds of any two tiers whose instances hear of each other's writes, against a real server;
//! each variant includes it, beside its own `Cache` and what it leaves on a server.

mod requests;

use bakeoff_services as services;
use bakeoff_strategy::{Capacity, Key, OpenConfig, OpenError, PutOptions, Strategy};
pub(crate) use requests::{block_on, put, until, value, version};

use super::{Cache, nothing_is_left};

/// A private server; `None`, with a word, where none is installed (in CI that is a failure).
pub(crate) fn server() -> Option<services::Redis> {
    match services::Redis::start(256 << 20) {
        Err(error @ services::Error::Missing { .. }) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            None
        }
        started => Some(started.unwrap()),
    }
}

pub(crate) async fn open(server: &services::Redis) -> Cache {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("redis"), server.address().to_owned());
    Cache::open(&config).await.unwrap()
}

pub(crate) async fn near(cache: &Cache) -> u64 {
    cache.snapshot().await.unwrap().tier_entries[0]
}

#[test]
fn keeps_what_it_promises() {
    let Some(server) = server() else { return };
    let services = [(String::from("redis"), server.address().to_owned())].into();
    bakeoff_runner::testing::conforms_with::<Cache>(&services, &[].into());
    nothing_is_left(&server);
}

#[test]
fn what_one_writes_or_removes_the_other_soon_no_longer_answers_with_what_it_held() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        for id in 0..3 {
            put(&here, value(id, 1)).await;
        }
        // Near there, too.
        until("kept near", || async {
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
        assert_eq!(version(&there, 2).await, Some(1), "nobody touched it");
        here.clear().await.unwrap();
        until("all is seen to be gone", || async { version(&there, 2).await.is_none() }).await;
    });
}

#[test]
fn what_was_missed_while_the_server_was_away_is_not_served() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        until("kept near", || async {
            version(&there, 1).await;
            near(&there).await == 1
        })
        .await;
        server.kill().unwrap();
        until("nothing is near once it is cut off", || async {
            there.get(Key::from_id(1)).await.is_err()
        })
        .await;
        server.restart(0).unwrap();
        until("it serves again", || async { there.get(Key::from_id(1)).await.is_ok() }).await;
        assert_eq!(version(&there, 1).await, None, "the server came back empty");
        until("it writes again", || async {
            here.put(Key::from_id(1), value(1, 2), PutOptions::default()).await.is_ok()
        })
        .await;
        // It listens again as well: what it keeps near from now on ends with the next write.
        until("kept near again", || async {
            version(&there, 1).await == Some(2) && near(&there).await == 1
        })
        .await;
        put(&here, value(1, 3)).await;
        until("a write is heard again", || async { version(&there, 1).await == Some(3) }).await;
    });
}

#[test]
fn without_a_server_it_does_not_open() {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    let opened = block_on(Cache::open(&config));
    assert!(matches!(opened, Err(OpenError::MissingService { name: "redis" })));
    config.services.insert(String::from("redis"), String::from("unix:///nowhere/at/all"));
    assert!(matches!(block_on(Cache::open(&config)), Err(OpenError::Failed(_))));
}
