//! What tests say to an instance, whatever server is behind it.

use std::time::{Duration, Instant};

use bakeoff_strategy::{Bytes, Key, PutOptions, Strategy, Value};

/// How long news may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn value(id: u64, version: u64) -> Value {
    Value { key: Key::from_id(id), version, body: Bytes::from_static(b"body") }
}

pub(crate) async fn put(cache: &impl Strategy, value: Value) {
    cache.put(value.key, value, PutOptions::default()).await.unwrap();
}

pub(crate) async fn version(cache: &impl Strategy, id: u64) -> Option<u64> {
    cache.get(Key::from_id(id)).await.unwrap().map(|value| value.version)
}

/// Waits until it holds; what is waited for needs no request of ours to come about.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < SOON, "{what}: not within {SOON:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
