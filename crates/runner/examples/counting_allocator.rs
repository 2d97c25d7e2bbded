//! Runners with a counting allocator, for the test that compares the memory meter with allocated
//! bytes.
//!
//! The environment variable `BAKEOFF_COUNTED` selects the strategy: `dict`, `lru` or `moka`.
//! `snapshot` reports the bytes that the process has allocated since the strategy was opened.

use std::future::Future;
use std::process::ExitCode;

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Snapshot, Strategy, Value,
};
use bakeoff_test_support::{CountingAllocator, live_bytes};
use bakeoff_variant_dict::Dict;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_moka::Moka;

fn main() -> ExitCode {
    match std::env::var("BAKEOFF_COUNTED").as_deref() {
        Ok("lru") => bakeoff_runner::run::<Counted<Lru>>("lru"),
        Ok("moka") => bakeoff_runner::run::<Counted<Moka>>("moka"),
        _ => bakeoff_runner::run::<Counted<Dict>>("dict"),
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Strategy that reports the bytes counted by the allocator as its size.
struct Counted<S> {
    inner: S,
    before_bytes: u64,
}

impl<S: Strategy> Strategy for Counted<S> {
    type Error = S::Error;
    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        let before_bytes = live_bytes();
        let opening = S::open(config);
        async move { Ok(Self { inner: opening.await?, before_bytes }) }
    }

    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, S::Error>> + Send {
        self.inner.get(key)
    }

    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.put(key, value, options)
    }

    fn remove(&self, key: Key) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.remove(key)
    }

    fn clear(&self) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.clear()
    }

    fn len(&self) -> impl Future<Output = Result<u64, S::Error>> + Send {
        self.inner.len()
    }

    fn settle(&self) -> impl Future<Output = Result<(), S::Error>> + Send {
        self.inner.settle()
    }

    async fn snapshot(&self) -> Result<Snapshot, S::Error> {
        let bytes = live_bytes().saturating_sub(self.before_bytes);
        Ok(Snapshot { bytes: Some(bytes), ..self.inner.snapshot().await? })
    }
}
