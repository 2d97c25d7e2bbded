//! An origin in memory that counts, and fails on request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Key, Loaded, Mode, Origin, OriginError, PutOptions, Value};

/// A table of values.
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Inner>);

#[derive(Default)]
struct Inner {
    rows: Mutex<HashMap<Key, Value>>,
    ttl: Mutex<Option<Duration>>,
    weighed: AtomicBool,
    loads: AtomicU64,
    failing: AtomicBool,
}

impl Table {
    /// A table whose values come with their weight in bytes, where the cache counts bytes.
    pub(crate) fn weighed(weighed: bool) -> Self {
        let table = Self::default();
        table.0.weighed.store(weighed, Ordering::Relaxed);
        table
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<Key, Value>> {
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a value behind the cache's back. An older version than the newest is passed over:
    /// a queued write may arrive after a change that came from elsewhere.
    pub(crate) fn commit(&self, value: Value) {
        let mut rows = self.rows();
        if rows.get(&value.key).is_none_or(|row| row.version <= value.version) {
            rows.insert(value.key, value);
        }
    }

    /// The newest committed version of a key.
    pub(crate) fn version(&self, key: Key) -> Option<u64> {
        self.rows().get(&key).map(|value| value.version)
    }

    /// How often it was asked, failures included.
    pub(crate) fn loads(&self) -> u64 {
        self.0.loads.load(Ordering::Relaxed)
    }

    /// From now on every request fails, or none.
    pub(crate) fn fail(&self, failing: bool) {
        self.0.failing.store(failing, Ordering::Relaxed);
    }

    /// From now on loaded values come with this time to live.
    pub(crate) fn live(&self, ttl: Option<Duration>) {
        *self.0.ttl.lock().unwrap_or_else(PoisonError::into_inner) = ttl;
    }

    fn up(&self) -> Result<(), OriginError> {
        if self.0.failing.load(Ordering::Relaxed) {
            return Err(OriginError(String::from("the table is down")));
        }
        Ok(())
    }

    fn answer(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        self.0.loads.fetch_add(1, Ordering::Relaxed);
        self.up()?;
        let ttl = *self.0.ttl.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.rows().get(&key).cloned().map(|value| {
            let bytes = u32::try_from(value.body.len()).unwrap_or(u32::MAX);
            let weight = if self.0.weighed.load(Ordering::Relaxed) { bytes } else { 1 };
            Loaded { value, options: PutOptions { ttl, weight } }
        }))
    }
}

impl Origin for Table {
    const MODE: Mode = Mode::Immediate;

    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        std::future::ready(self.answer(key))
    }

    fn store(
        &self,
        _key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        std::future::ready(self.up().map(|()| self.commit(value)))
    }
}

/// The same table behind something that has to be awaited: every request pends once.
#[derive(Clone)]
pub(crate) struct Distant(pub(crate) Table);

impl Origin for Distant {
    const MODE: Mode = Mode::Awaited;

    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        pend_once().await;
        self.0.answer(key)
    }

    async fn store(&self, _key: Key, value: Value) -> Result<(), OriginError> {
        pend_once().await;
        self.0.up().map(|()| self.0.commit(value))
    }
}

/// Pends once, and wakes at once.
async fn pend_once() {
    let mut pended = false;
    std::future::poll_fn(|context| {
        if pended {
            return std::task::Poll::Ready(());
        }
        pended = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
