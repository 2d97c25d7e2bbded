//! Requests to an instance, for tests of all servers.

use std::time::{Duration, Instant};

use bakeoff_strategy::{Bytes, Key, PutOptions, Strategy, Value};

/// Time limit for messages on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(20);

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

/// Polls until `holds` returns true.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < TIME_LIMIT, "{what}: not within {TIME_LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
