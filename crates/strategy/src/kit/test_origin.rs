//! Test origins for the rules: a table in memory that counts loads and fails on request.

use std::collections::HashMap;
use std::future::ready;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::{ExecutionMode, Key, Loaded, Origin, OriginError, PutOptions, Value};

/// Origin over a table, in [`ExecutionMode::Sync`] or [`ExecutionMode::Async`].
pub(crate) trait TestOrigin: Origin {
    fn over(table: &Table) -> Self;
}

/// Table in memory, which is also an origin in [`ExecutionMode::Sync`].
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<TableState>);

#[derive(Default)]
struct TableState {
    rows: Mutex<HashMap<Key, Value>>,
    ttl: Mutex<Option<Duration>>,
    weighs_bytes: AtomicBool,
    loads: AtomicU64,
    failing: AtomicBool,
}

impl Table {
    /// Creates an empty table. With `weighs_bytes`, the weight of a loaded value is its length.
    pub(crate) fn new(weighs_bytes: bool) -> Self {
        let table = Self::default();
        table.0.weighs_bytes.store(weighs_bytes, Ordering::Relaxed);
        table
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<Key, Value>> {
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a value without using the cache.
    ///
    /// A version older than the committed one is ignored, because a queued write may arrive after a
    /// newer one.
    pub(crate) fn commit(&self, value: Value) {
        let mut rows = self.rows();
        if rows.get(&value.key).is_none_or(|row| row.version <= value.version) {
            rows.insert(value.key, value);
        }
    }

    /// Returns the latest committed version of a key.
    pub(crate) fn version(&self, key: Key) -> Option<u64> {
        self.rows().get(&key).map(|value| value.version)
    }

    /// Returns the number of loads, including failed ones.
    pub(crate) fn loads(&self) -> u64 {
        self.0.loads.load(Ordering::Relaxed)
    }

    /// Makes all later requests fail, or lets them succeed again.
    pub(crate) fn set_failing(&self, failing: bool) {
        self.0.failing.store(failing, Ordering::Relaxed);
    }

    /// Sets the time to live of loaded values.
    pub(crate) fn set_ttl(&self, ttl: Option<Duration>) {
        *self.0.ttl.lock().unwrap_or_else(PoisonError::into_inner) = ttl;
    }

    fn check_available(&self) -> Result<(), OriginError> {
        if self.0.failing.load(Ordering::Relaxed) {
            return Err(OriginError(String::from("the table fails, as this rule requests")));
        }
        Ok(())
    }

    fn load_now(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.0.loads.fetch_add(1, Ordering::Relaxed);
        self.check_available()?;
        let ttl = *self.0.ttl.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.rows().get(&key).cloned().map(|value| {
            let bytes = u32::try_from(value.body.len()).unwrap_or(u32::MAX);
            let weight = if self.0.weighs_bytes.load(Ordering::Relaxed) { bytes } else { 1 };
            Loaded { value, options: PutOptions { ttl, weight } }
        }))
    }

    fn store_now(&self, value: Value) -> Result<(), OriginError> {
        self.check_available()?;
        self.commit(value);
        Ok(())
    }
}

impl TestOrigin for Table {
    fn over(table: &Table) -> Self {
        table.clone()
    }
}

impl Origin for Table {
    const MODE: ExecutionMode = ExecutionMode::Sync;

    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        ready(self.load_now(key))
    }

    fn store(
        &self,
        _key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        ready(self.store_now(value))
    }
}

/// Origin in [`ExecutionMode::Async`] over a table. Every request is pending once.
#[derive(Clone)]
pub(crate) struct AsyncTable(pub(crate) Table);

impl TestOrigin for AsyncTable {
    fn over(table: &Table) -> Self {
        Self(table.clone())
    }
}

impl Origin for AsyncTable {
    const MODE: ExecutionMode = ExecutionMode::Async;

    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        yield_once().await;
        self.0.load_now(key)
    }

    async fn store(&self, _key: Key, value: Value) -> Result<(), OriginError> {
        yield_once().await;
        self.0.store_now(value)
    }
}

/// Returns a future that is pending once and wakes its task immediately.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
