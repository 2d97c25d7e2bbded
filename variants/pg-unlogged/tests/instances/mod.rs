//! Tests of caches with invalidation over PostgreSQL, against a real server. A variant includes
//! this module and defines its `Cache` and `near_entries`, which counts the entries of the first
//! tier.

#[path = "../../../tiered/tests/instances/requests.rs"]
mod requests;

use std::time::Duration;

use bakeoff_services as services;
use bakeoff_strategy::{
    Capacity, ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, PutOptions,
    Strategy, Value,
};
use bakeoff_test_support::{PrivatePostgres, require};
pub(crate) use requests::{block_on, put, until, value, version};

use super::{Cache, near_entries};

const SCHEMA: &str = "bakeoff_test";

/// Starts a private server with an empty schema.
pub(crate) fn server() -> Option<services::PostgresServer> {
    let server = require(PrivatePostgres)?;
    server.create_schema(SCHEMA).unwrap();
    Some(server)
}

pub(crate) async fn open(server: &services::PostgresServer) -> Cache {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("postgres"), server.address(SCHEMA));
    Cache::open(&config).await.unwrap()
}

pub(crate) async fn near(cache: &Cache) -> u64 {
    near_entries(cache).await
}

/// Reads a key until the instance has it in its first tier.
async fn cache_near(cache: &Cache, id: u64, latest: u64) {
    until("the key is in the first tier", || async {
        let read = cache.read(Key::from_id(id), &Rows(latest)).await;
        read.is_ok_and(|read| read.value.is_some_and(|value| value.version == latest))
            && near(cache).await > 0
    })
    .await;
}

/// Origin whose rows all have the same version.
struct Rows(u64);

impl Origin for Rows {
    const MODE: ExecutionMode = ExecutionMode::Sync;
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
fn conforms() {
    let Some(server) = server() else { return };
    let services = [(String::from("postgres"), server.address(SCHEMA))].into();
    bakeoff_runner::testing::conforms_with::<Cache>(&services, &[].into());
}

#[test]
fn writes_removals_and_clears_reach_the_other_instance() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        // No message about key 3 was sent before, so only the write below removes it.
        cache_near(&there, 3, 1).await;
        for id in 0..3 {
            put(&here, value(id, 1)).await;
        }
        put(&here, value(3, 2)).await;
        until("the write is seen", || async { version(&there, 3).await != Some(1) }).await;
        // Messages arrive in order, so those of the first writes have arrived: entries cached from
        // now on remain until they are changed.
        for id in 0..3 {
            cache_near(&there, id, 1).await;
        }
        put(&here, value(0, 2)).await;
        until("the second write is seen", || async { version(&there, 0).await != Some(1) }).await;
        here.remove(Key::from_id(1)).await.unwrap();
        until("the removal is seen", || async { version(&there, 1).await.is_none() }).await;
        assert_eq!(version(&there, 2).await, Some(1), "key 2 was not changed");
        here.clear().await.unwrap();
        until("the clear is seen", || async { version(&there, 2).await.is_none() }).await;
    });
}

#[test]
fn entries_changed_while_disconnected_are_not_served() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        cache_near(&there, 1, 1).await;
        server.disconnect().unwrap();
        until("a disconnected instance clears its first tier", || async {
            near(&there).await == 0
        })
        .await;
        let refused = here.put(Key::from_id(1), value(1, 2), PutOptions::default()).await;
        refused.unwrap_err();
        assert_eq!(near(&here).await, 0, "the write was not published");
        server.reconnect().unwrap();
        put(&here, value(1, 2)).await;
        // The instance is subscribed again, so the next write invalidates the entry that it caches
        // now.
        cache_near(&there, 1, 2).await;
        put(&here, value(1, 3)).await;
        until("a write is received again", || async { version(&there, 1).await != Some(2) }).await;
    });
}

#[test]
fn other_namespaces_are_not_received() {
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
        // Long enough for a wrong message to arrive.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((near(&here).await, version(&here, 1).await), (1, Some(1)));
    });
}

#[test]
fn open_fails_without_a_server() {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    let opened = block_on(Cache::open(&config));
    assert!(matches!(opened, Err(OpenError::MissingService { name: "postgres" })));
    let nowhere = String::from("postgresql:///postgres?host=/no/such/folder&user=bakeoff");
    config.services.insert(String::from("postgres"), nowhere);
    assert!(matches!(block_on(Cache::open(&config)), Err(OpenError::Failed(_))));
}
