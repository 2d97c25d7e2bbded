//! Requests while Redis is killed, unreachable or hanging.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bakeoff_services as services;
use bakeoff_strategy::{
    Bytes, Capacity, ExecutionMode, Key, Loaded, OpenConfig, Options, Origin, OriginError,
    PutOptions, Source, Strategy, Value,
};
use bakeoff_test_support::{PrivateRedis, require};
use bakeoff_variant_fail_open::FailOpenRedis;

const KEY: Key = Key::from_id(1);

/// Starts a private server.
fn server() -> Option<services::RedisServer> {
    require(PrivateRedis { maxmemory: 256 << 20 })
}

async fn open(server: &services::RedisServer) -> FailOpenRedis {
    open_with(server, &[]).await
}

async fn open_with(server: &services::RedisServer, options: &[(&str, &str)]) -> FailOpenRedis {
    let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
    config.services.insert(String::from("redis"), server.address().to_owned());
    let words = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    config.options = Options(options.iter().map(words).collect());
    FailOpenRedis::open(&config).await.unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn value(version: u64) -> Value {
    Value { key: KEY, version, body: Bytes::from_static(b"body") }
}

/// Origin with one row.
struct Row(Mutex<u64>);

impl Origin for Row {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self(Mutex::new(*self.0.lock().unwrap()))
    }

    async fn load(&self, _: Key) -> Result<Option<Loaded>, OriginError> {
        let value = value(*self.0.lock().unwrap());
        Ok(Some(Loaded { value, options: PutOptions::default() }))
    }

    async fn store(&self, _: Key, value: Value) -> Result<(), OriginError> {
        *self.0.lock().unwrap() = value.version;
        Ok(())
    }
}

async fn read(cache: &FailOpenRedis, row: &Row) -> (u64, Source) {
    let read = cache.read(KEY, row).await.unwrap();
    (read.value.unwrap().version, read.source)
}

#[test]
fn conforms() {
    let Some(server) = server() else { return };
    let services = [(String::from("redis"), server.address().to_owned())].into();
    bakeoff_runner::testing::conforms_with::<FailOpenRedis>(&services, &[].into());
    assert_eq!(server.dbsize().unwrap(), 0);
}

#[test]
fn reads_load_from_the_origin_while_the_server_is_down() {
    let Some(server) = server() else { return };
    block_on(async {
        let (cache, row) = (open(&server).await, Row(Mutex::new(0)));
        assert_eq!(read(&cache, &row).await, (0, Source::Loaded));
        assert_eq!(read(&cache, &row).await, (0, Source::Hit { tier: 0 }));
        server.kill().unwrap();
        for _ in 0..3 {
            assert_eq!(read(&cache, &row).await, (0, Source::Loaded));
        }
        server.restart(0).unwrap();
        // The first requests after an outage may still return the error of the last reconnection.
        for _ in 0..3 {
            assert_eq!(read(&cache, &row).await.0, 0);
        }
        assert_eq!(read(&cache, &row).await, (0, Source::Hit { tier: 0 }));
    });
}

#[test]
fn writes_during_an_outage_are_read_afterwards() {
    let Some(server) = server() else { return };
    block_on(async {
        let (cache, row) = (open(&server).await, Row(Mutex::new(0)));
        assert_eq!(read(&cache, &row).await, (0, Source::Loaded));
        server.disconnect().unwrap();
        cache.write(KEY, value(1), PutOptions::default(), &row).await.unwrap();
        assert_eq!(read(&cache, &row).await, (1, Source::Loaded));
        server.reconnect().unwrap();
        for _ in 0..5 {
            assert_eq!(read(&cache, &row).await.0, 1, "the server still holds version 0");
        }
        assert_eq!(read(&cache, &row).await, (1, Source::Hit { tier: 0 }));
    });
}

#[test]
fn reads_of_a_hanging_server_load_from_the_origin_after_the_timeout() {
    let Some(server) = server() else { return };
    let signal = |name: &str| {
        let pid = server.pid().unwrap().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    block_on(async {
        let cache = open_with(&server, &[("timeout_ms", "50")]).await;
        let row = Row(Mutex::new(1));
        assert_eq!(read(&cache, &row).await, (1, Source::Loaded));
        signal("-STOP");
        assert_eq!(read(&cache, &row).await, (1, Source::Loaded));
        signal("-CONT");
        // The server first sends the responses that timed out.
        let begun = Instant::now();
        while read(&cache, &row).await != (1, Source::Hit { tier: 0 }) {
            assert!(begun.elapsed() < Duration::from_secs(20), "no hit after the server resumed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
