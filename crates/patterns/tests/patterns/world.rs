//! An origin of a few rows that counts, fails on request and can be held back.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bakeoff_strategy::{
    Capacity, Clock, Key, Loaded, ManualClock, Mode, OpenConfig, Options, Origin, OriginError,
    PutOptions, Strategy, Value,
};
use bytes::Bytes;
use tokio::runtime::Runtime;

/// What the origin is and was asked for.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) versions: BTreeMap<u64, u64>,
    pub(crate) down: bool,
    /// The version that makes a store panic.
    pub(crate) trips_over: Option<u64>,
    /// How long a load or a store takes.
    pub(crate) takes: Duration,
    pub(crate) ttl: Option<Duration>,
    pub(crate) loads: u64,
    pub(crate) stores: Vec<(u64, u64)>,
}

/// An origin that all handles share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripted(Arc<Mutex<Rows>>);

impl Scripted {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("no test panics with the rows in hand")
    }

    /// Another program changes a row; the new version.
    pub(crate) fn change(&self, id: u64) -> u64 {
        let mut rows = self.rows();
        let version = rows.versions.entry(id).or_default();
        *version += 1;
        *version
    }

    async fn answer(&self) -> Result<(), OriginError> {
        let takes = self.rows().takes;
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        if self.rows().down { Err(OriginError(String::from("down"))) } else { Ok(()) }
    }
}

impl Origin for Scripted {
    const MODE: Mode = Mode::Async;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.rows().loads += 1;
        // What is there when the load begins is what comes back, however long it takes.
        let (version, ttl) = {
            let rows = self.rows();
            (rows.versions.get(&key.id()).copied(), rows.ttl)
        };
        self.answer().await?;
        Ok(version.map(|version| Loaded {
            value: value(key.id(), version),
            options: PutOptions { ttl, ..PutOptions::default() },
        }))
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        self.answer().await?;
        let trips = self.rows().trips_over == Some(value.version);
        assert!(!trips, "version {} trips the driver of the database", value.version);
        let mut rows = self.rows();
        rows.stores.push((key.id(), value.version));
        let newest = rows.versions.entry(key.id()).or_default();
        *newest = value.version.max(*newest);
        Ok(())
    }
}

pub(crate) fn value(id: u64, version: u64) -> Value {
    let body = Bytes::from(format!("{id}@{version}"));
    Value { key: Key::from_id(id), version, body }
}

/// An opened layer with everything round it.
pub(crate) struct World<S> {
    pub(crate) layer: Arc<S>,
    pub(crate) origin: Scripted,
    pub(crate) hand: ManualClock,
    clock: Clock,
    runtime: Runtime,
}

impl<S: Strategy> World<S> {
    /// Opens a layer with options, over an origin without rows; tokio's own time is virtual.
    pub(crate) fn open(options: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let (clock, hand) = Clock::manual();
        let layer = runtime.block_on(S::open(&config(options, &clock))).expect("it opens");
        Self { layer: Arc::new(layer), origin: Scripted::default(), hand, clock, runtime }
    }

    /// Another instance of the same service.
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
