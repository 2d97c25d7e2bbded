//! Connections per tokio runtime.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex;

/// One value per tokio runtime, such as a pool of connections.
///
/// A connection is driven by a task of the runtime that opened it. A request from another runtime
/// would have to wait for that task in another thread, and would hang while its runtime is not
/// running. Each worker of a replay has its own runtime.
#[derive(Debug)]
pub struct PerRuntime<T> {
    /// Runtime that created this object, and its value; accessed without a lock.
    home: (Id, Arc<T>),
    others: RwLock<Vec<(Id, Arc<T>)>>,
    opening: Mutex<()>,
}

/// The current thread does not run a tokio runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot use a connection: this thread does not run a tokio runtime; send requests from inside \
     a runtime"
)]
pub struct NoRuntime;

impl<T: Send + Sync> PerRuntime<T> {
    /// Opens the value of the current runtime.
    ///
    /// # Errors
    /// [`NoRuntime`] outside a runtime, and the errors of `open`.
    pub async fn new<E, F>(open: impl FnOnce() -> F) -> Result<Self, E>
    where
        E: From<NoRuntime>,
        F: Future<Output = Result<T, E>>,
    {
        let home = (current_runtime()?, Arc::new(open().await?));
        Ok(Self { home, others: RwLock::default(), opening: Mutex::default() })
    }

    /// Returns the value of the current runtime, and opens it first if necessary.
    ///
    /// # Errors
    /// [`NoRuntime`] outside a runtime, and the errors of `open`.
    #[inline]
    pub async fn get<E, F>(&self, open: impl FnOnce() -> F) -> Result<Arc<T>, E>
    where
        E: From<NoRuntime>,
        F: Future<Output = Result<T, E>>,
    {
        let runtime = current_runtime()?;
        if runtime == self.home.0 {
            return Ok(Arc::clone(&self.home.1));
        }
        if let Some(value) = self.find(runtime) {
            return Ok(value);
        }
        let _opening = self.opening.lock().await;
        // Another request of this runtime may have opened the value meanwhile.
        if let Some(value) = self.find(runtime) {
            return Ok(value);
        }
        let value = Arc::new(open().await?);
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.push((runtime, Arc::clone(&value)));
        Ok(value)
    }

    fn find(&self, runtime: Id) -> Option<Arc<T>> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.iter().find(|(id, _)| *id == runtime).map(|(_, value)| Arc::clone(value))
    }
}

fn current_runtime() -> Result<Id, NoRuntime> {
    Handle::try_current().map(|handle| handle.id()).map_err(|_| NoRuntime)
}

/// Items that are used in rotation.
#[derive(Debug)]
pub struct RoundRobin<T> {
    items: Vec<T>,
    next: AtomicUsize,
}

impl<T> RoundRobin<T> {
    /// Creates a rotation over `first` and `others`.
    pub fn new(first: T, others: impl IntoIterator<Item = T>) -> Self {
        let items = std::iter::once(first).chain(others).collect();
        Self { items, next: AtomicUsize::new(0) }
    }

    /// Returns the next item.
    #[inline]
    pub fn next(&self) -> &T {
        if let [only] = self.items.as_slice() {
            return only;
        }
        &self.items[self.next.fetch_add(1, Ordering::Relaxed) % self.items.len()]
    }
}
