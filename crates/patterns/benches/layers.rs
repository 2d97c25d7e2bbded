//! Cost that each layer adds to a hit in an in-process cache, with an origin that costs nothing:
//! `cargo bench -p bakeoff-patterns`. The limit is 30 ns per layer.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "it fails by panicking")]

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use bakeoff_patterns::{
    DistributedLock, DistributedSingleFlight, FailOpen, LocalWithInvalidation, NegativeCache,
    NoInvalidation, ReadThrough, RefreshAhead, SingleFlight, Sliding, StaleIfError, Swr, Tagged,
    Ttl, TtlJitter, VersionedKeys, WriteAround, WriteBehind, WriteThrough, XFetch,
};
use bakeoff_strategy::{
    Capacity, ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, PutOptions,
    Strategy, Value, poll_once,
};
use bakeoff_variant_lru::Lru;
use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};

/// Number of cached entries; reads rotate through them.
const ENTRIES: u64 = 1_000;

/// Origin that returns immediately.
#[derive(Clone, Copy)]
struct ImmediateOrigin;

impl Origin for ImmediateOrigin {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        *self
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        let value = Value { key, version: 0, body: Bytes::from_static(b"body") };
        std::future::ready(Ok(Some(Loaded { value, options: PutOptions::default() })))
    }

    fn store(&self, _: Key, _: Value) -> impl Future<Output = Result<(), OriginError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Lock that is always free.
struct FreeLock;

impl DistributedLock for FreeLock {
    type Error = Infallible;

    async fn open(_: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn acquire(&self, _: Key, _: u64, _: Duration) -> Result<bool, Infallible> {
        Ok(true)
    }

    async fn release(&self, _: Key, _: u64) -> Result<(), Infallible> {
        Ok(())
    }
}

fn bench_hit<S: Strategy>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    let config = OpenConfig::with_capacity(Capacity::Entries(ENTRIES));
    let layer = runtime.block_on(S::open(&config)).expect("it opens");
    for id in 0..ENTRIES {
        poll_once(layer.read(Key::from_id(id), &ImmediateOrigin)).expect("at once").expect("loads");
    }
    let mut id = 0;
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            id = if id == ENTRIES - 1 { 0 } else { id + 1 };
            let read = poll_once(layer.read(black_box(Key::from_id(id)), &ImmediateOrigin));
            read.is_ok_and(|read| read.is_ok_and(|read| read.value.is_some()))
        });
    });
}

fn layers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hit");
    bench_hit::<Lru>(&mut group, "lru");
    bench_hit::<SingleFlight<Lru>>(&mut group, "single-flight");
    bench_hit::<Ttl<Lru>>(&mut group, "ttl");
    bench_hit::<Sliding<Lru>>(&mut group, "sliding");
    bench_hit::<TtlJitter<Lru>>(&mut group, "ttl-jitter");
    bench_hit::<Swr<Lru>>(&mut group, "swr");
    bench_hit::<StaleIfError<Lru>>(&mut group, "stale-if-error");
    bench_hit::<RefreshAhead<Lru>>(&mut group, "refresh-ahead");
    bench_hit::<XFetch<Lru>>(&mut group, "xfetch");
    bench_hit::<NegativeCache<Lru>>(&mut group, "negative-cache");
    bench_hit::<ReadThrough<Lru>>(&mut group, "read-through");
    bench_hit::<WriteThrough<Lru>>(&mut group, "write-through");
    bench_hit::<WriteAround<Lru>>(&mut group, "write-around");
    bench_hit::<WriteBehind<Lru>>(&mut group, "write-behind");
    bench_hit::<VersionedKeys<Lru>>(&mut group, "versioned-keys");
    bench_hit::<Tagged<Lru>>(&mut group, "tags");
    bench_hit::<LocalWithInvalidation<Lru, NoInvalidation>>(&mut group, "local-with-invalidation");
    bench_hit::<DistributedSingleFlight<Lru, FreeLock>>(&mut group, "distributed-single-flight");
    bench_hit::<FailOpen<Lru>>(&mut group, "fail-open");
    bench_hit::<SingleFlight<Swr<Lru>>>(&mut group, "single-flight-over-swr");
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(600));
    targets = layers
}
criterion_main!(benches);
