//! What holds of any cache whose instances hear of each other's writes over PostgreSQL, against a
//! real server; each variant includes it, beside its own `Cache` and how to count its `near_entries`.

#[path = "../../../tiered/tests/instances/requests.rs"]
mod requests;

use std::time::Duration;

use bakeoff_services as services;
use bakeoff_strategy::{
    Capacity, Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, PutOptions, Strategy,
    Value,
};
pub(crate) use requests::{block_on, put, until, value, version};

use super::{Cache, near_entries};

const SCHEMA: &str = "bakeoff_test";

/// A private server; `None`, with a word, where none is installed (in CI that is a failure).
pub(crate) fn server() -> Option<services::Postgres> {
    let server = match services::Postgres::start() {
        Err(error @ services::Error::Missing { .. }) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            return None;
        }
        started => started.unwrap(),
    };
    server.create_schema(SCHEMA).unwrap();
    Some(server)
}

pub(crate) async fn open(server: &services::Postgres) -> Cache {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("postgres"), server.address(SCHEMA));
    Cache::open(&config).await.unwrap()
}

pub(crate) async fn near(cache: &Cache) -> u64 {
    near_entries(cache).await
}

/// Has an instance hold a key near: loads it where nothing is shared.
async fn hold(cache: &Cache, id: u64, newest: u64) {
    until("kept near", || async {
        let read = cache.read(Key::from_id(id), &Rows(newest)).await;
        read.is_ok_and(|read| read.value.is_some_and(|value| value.version == newest))
            && near(cache).await > 0
    })
    .await;
}

/// An origin of which every row has the same version.
struct Rows(u64);

impl Origin for Rows {
    const MODE: Mode = Mode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self(self.0)
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let value = value(key.id(), self.0);
        Ok(Some(Loaded { value, options: PutOptions::default() }))
    }

    async fn store(&self, _: Key, _: Value) -> Result<(), OriginError> {
        Ok(())
    }
}

#[test]
fn keeps_what_it_promises() {
    let Some(server) = server() else { return };
    let services = [(String::from("postgres"), server.address(SCHEMA))].into();
    bakeoff_runner::testing::conforms_with::<Cache>(&services, &[].into());
}

#[test]
fn what_one_writes_or_removes_the_other_soon_no_longer_answers_with_what_it_held() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        // Nobody spoke of the last key yet, so nothing but the write of it below takes it out.
        hold(&there, 3, 1).await;
        for id in 0..3 {
            put(&here, value(id, 1)).await;
        }
        put(&here, value(3, 2)).await;
        until("the write is seen", || async { version(&there, 3).await != Some(1) }).await;
        // Messages come in their order, so all that told of the first writes have come by now: what
        // is kept near from here on stays until somebody touches it.
        for id in 0..3 {
            hold(&there, id, 1).await;
        }
        put(&here, value(0, 2)).await;
        until("the second write is seen", || async { version(&there, 0).await != Some(1) }).await;
        here.remove(Key::from_id(1)).await.unwrap();
        until("the removal is seen", || async { version(&there, 1).await.is_none() }).await;
        assert_eq!(version(&there, 2).await, Some(1), "nobody touched it");
        here.clear().await.unwrap();
        until("all is seen to be gone", || async { version(&there, 2).await.is_none() }).await;
    });
}

#[test]
fn what_was_missed_while_nobody_reached_the_server_is_not_served() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        hold(&there, 1, 1).await;
        server.disconnect().unwrap();
        until("nothing is near once it is cut off", || async { near(&there).await == 0 }).await;
        let refused = here.put(Key::from_id(1), value(1, 2), PutOptions::default()).await;
        refused.unwrap_err();
        assert_eq!(near(&here).await, 0, "nobody was told");
        server.reconnect().unwrap();
        put(&here, value(1, 2)).await;
        // It listens again as well: what it keeps near from now on ends with the next write.
        hold(&there, 1, 2).await;
        put(&here, value(1, 3)).await;
        until("a write is heard again", || async { version(&there, 1).await != Some(2) }).await;
    });
}

#[test]
fn other_namespaces_are_not_heard_of() {
    let Some(server) = server() else { return };
    block_on(async {
        let here = open(&server).await;
        let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
        config.namespace.push_str(":x");
        config.services.insert(String::from("postgres"), server.address(SCHEMA));
        let elsewhere = Cache::open(&config).await.unwrap();
        put(&here, value(1, 1)).await;
        put(&elsewhere, value(1, 7)).await;
        elsewhere.clear().await.unwrap();
        // Long enough for a message to come that must not.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((near(&here).await, version(&here, 1).await), (1, Some(1)));
    });
}

#[test]
fn without_a_server_it_does_not_open() {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    let opened = block_on(Cache::open(&config));
    assert!(matches!(opened, Err(OpenError::MissingService { name: "postgres" })));
    let nowhere = String::from("postgresql:///postgres?host=/no/such/folder&user=bakeoff");
    config.services.insert(String::from("postgres"), nowhere);
    assert!(matches!(block_on(Cache::open(&config)), Err(OpenError::Failed(_))));
}
