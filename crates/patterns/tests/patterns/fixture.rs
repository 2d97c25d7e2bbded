//! Opened layers, and an origin that counts requests, fails on demand and takes a given time.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bakeoff_strategy::{
    Capacity, Clock, ExecutionMode, Key, Loaded, ManualClock, OpenConfig, Options, Origin,
    OriginError, PutOptions, Strategy, Value,
};
use bytes::Bytes;
use tokio::runtime::Runtime;

/// State of the origin, and the requests it received.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) versions: BTreeMap<u64, u64>,
    pub(crate) down: bool,
    /// Version whose store panics.
    pub(crate) panics_at: Option<u64>,
    /// Duration of a load or store.
    pub(crate) request_time: Duration,
    pub(crate) ttl: Option<Duration>,
    pub(crate) loads: u64,
    pub(crate) stores: Vec<(u64, u64)>,
}

/// Handle to the test origin; clones share its state.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestOrigin(Arc<Mutex<Rows>>);

impl TestOrigin {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    /// Changes a row as another program would, and returns its new version.
    pub(crate) fn change(&self, id: u64) -> u64 {
        let mut rows = self.rows();
        let version = rows.versions.entry(id).or_default();
        *version += 1;
        *version
    }

    async fn respond(&self) -> Result<(), OriginError> {
        let time = self.rows().request_time;
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        if self.rows().down { Err(OriginError(String::from("down"))) } else { Ok(()) }
    }
}

impl Origin for TestOrigin {
    const MODE: ExecutionMode = ExecutionMode::Async;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.rows().loads += 1;
        // The result is the version at the start of the load.
        let (version, ttl) = {
            let rows = self.rows();
            (rows.versions.get(&key.id()).copied(), rows.ttl)
        };
        self.respond().await?;
        Ok(version.map(|version| Loaded {
            value: value(key.id(), version),
            options: PutOptions { ttl, ..PutOptions::default() },
        }))
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        self.respond().await?;
        let panics = self.rows().panics_at == Some(value.version);
        assert!(!panics, "the database driver panics at version {}", value.version);
        let mut rows = self.rows();
        rows.stores.push((key.id(), value.version));
        let latest = rows.versions.entry(key.id()).or_default();
        *latest = value.version.max(*latest);
        Ok(())
    }
}

pub(crate) fn value(id: u64, version: u64) -> Value {
    let body = Bytes::from(format!("{id}@{version}"));
    Value { key: Key::from_id(id), version, body }
}

/// An opened layer with its origin, clock and runtime.
pub(crate) struct Fixture<S> {
    pub(crate) layer: Arc<S>,
    pub(crate) origin: TestOrigin,
    pub(crate) clock_control: ManualClock,
    clock: Clock,
    runtime: Runtime,
}

impl<S: Strategy> Fixture<S> {
    /// Opens a layer over an empty origin. Tokio's clock is paused.
    pub(crate) fn open(options: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let (clock, clock_control) = Clock::manual();
        let layer = runtime.block_on(S::open(&config(options, &clock))).expect("it opens");
        Self {
            layer: Arc::new(layer),
            origin: TestOrigin::default(),
            clock_control,
            clock,
            runtime,
        }
    }

    /// Opens another instance of the same service.
    pub(crate) fn another(&self, options: &[(&str, &str)]) -> Arc<S> {
        Arc::new(self.run(S::open(&config(options, &self.clock))).expect("it opens"))
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

fn config(options: &[(&str, &str)], clock: &Clock) -> OpenConfig {
    let option = |(name, value): &(&str, &str)| (String::from(*name), String::from(*value));
    OpenConfig {
        options: Options(options.iter().map(option).collect()),
        clock: clock.clone(),
        ..OpenConfig::with_capacity(Capacity::Entries(100))
    }
}
