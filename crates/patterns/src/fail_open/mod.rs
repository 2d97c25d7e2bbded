//! Fail open: while the cache is away its users are served by the origin, as many at once as that
//! can bear.

mod debts;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{
    Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Source, Strategy, Value,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::beneath;
use debts::Debts;

const OPTIONS: &[&str] = &["fallback_loads", "fallback_wait_ms"];

/// Reads that the cache fails are answered by the origin, `fallback_loads` at once (default 20);
/// whoever waits for longer than `fallback_wait_ms` (default 100) for his turn gets the cache's
/// error, so that an outage of the cache does not become one of the database.
///
/// A write that reached the origin and not the cache succeeds, and is owed to the cache: until the
/// key was removed there, this instance answers it from the origin, and each request that the cache
/// serves again pays one debt. What other instances answer meanwhile may be what the cache still
/// holds. Beyond 10,000 debts writes fail as they would without this layer.
pub struct FailOpen<S> {
    inner: S,
    debts: Debts,
    loads: Semaphore,
    wait: Duration,
}

/// An origin of which is remembered what it did.
struct Witnessed<'a, O> {
    origin: &'a O,
    /// What was loaded; the outer `None`: nothing was.
    loaded: Mutex<Option<Option<Value>>>,
    stored: AtomicBool,
}

impl<'a, O> Witnessed<'a, O> {
    fn new(origin: &'a O) -> Self {
        Self { origin, loaded: Mutex::default(), stored: AtomicBool::new(false) }
    }

    fn loaded(self) -> Option<Option<Value>> {
        self.loaded.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Origin> Origin for Witnessed<'_, O> {
    const MODE: Mode = O::MODE;
    type Detached = O::Detached;

    fn detach(&self) -> O::Detached {
        self.origin.detach()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let loaded = self.origin.load(key).await?;
        let value = loaded.as_ref().map(|loaded| loaded.value.clone());
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(loaded)
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        self.origin.store(key, value).await?;
        self.stored.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn answer(value: Option<Value>) -> Read {
    let source = if value.is_some() { Source::Loaded } else { Source::Absent };
    Read { value, source }
}

impl<S: Strategy> FailOpen<S> {
    /// The cache does not answer: asks the origin, or gives up with the cache's error.
    async fn fall_back<O: Origin>(
        &self,
        key: Key,
        origin: &O,
        error: S::Error,
    ) -> Result<Read, RequestError<S::Error>> {
        let Ok(Ok(_turn)) = timeout(self.wait, self.loads.acquire()).await else {
            return Err(RequestError::Strategy(error));
        };
        let loaded = origin.load(key).await?;
        Ok(answer(loaded.map(|loaded| loaded.value)))
    }

    /// Has the cache forget a key that it still owes us to forget.
    async fn settle_debt(&self, key: Key) -> Result<(), S::Error> {
        if let Some(debt) = self.debts.of(key) {
            self.inner.remove(key).await?;
            self.debts.pay(key, debt);
        }
        Ok(())
    }

    /// The cache answers: has it forget one more key.
    async fn pay_one(&self) {
        if let Some((key, debt)) = self.debts.any()
            && self.inner.remove(key).await.is_ok()
        {
            self.debts.pay(key, debt);
        }
    }

    /// The cache did not take a change: it is owed, if there is room for that.
    fn owe(&self, key: Key, error: S::Error) -> Result<(), S::Error> {
        if self.debts.owe(key) { Ok(()) } else { Err(error) }
    }
}

impl<S: Strategy> Strategy for FailOpen<S> {
    type Error = S::Error;

    // Waiting for a turn takes a runtime.
    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let loads: usize = config.options.get("fallback_loads", 20)?;
        if !(1..=Semaphore::MAX_PERMITS).contains(&loads) {
            let why = format!("option fallback_loads={loads}: expected 1 or more");
            return Err(OpenError::Failed(why));
        }
        let wait = beneath::milliseconds(&config.options, "fallback_wait_ms", 100)?;
        let inner = beneath::open(config, OPTIONS).await?;
        Ok(Self { inner, debts: Debts::new(), loads: Semaphore::new(loads), wait })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, S::Error> {
        self.settle_debt(key).await?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, S::Error> {
        for &key in keys {
            self.settle_debt(key).await?;
        }
        self.inner.get_many(keys).await
    }

    /// A cache that does not take a value may hold an older one, which it must not answer with.
    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.settle_debt(key).await.or_else(|error| self.owe(key, error))?;
        match self.inner.put(key, value, options).await {
            Ok(()) => Ok(()),
            Err(error) => self.owe(key, error),
        }
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        match self.inner.remove(key).await {
            Ok(()) => Ok(()),
            Err(error) => self.owe(key, error),
        }
    }

    async fn clear(&self) -> Result<(), S::Error> {
        let owed = self.debts.all();
        self.inner.clear().await?;
        for (key, debt) in owed {
            self.debts.pay(key, debt);
        }
        Ok(())
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        if let Err(error) = self.settle_debt(key).await {
            return self.fall_back(key, origin, error).await;
        }
        let witnessed = Witnessed::new(origin);
        match self.inner.read(key, &witnessed).await {
            Err(RequestError::Strategy(error)) => match witnessed.loaded() {
                // It failed when the value was there already, to be kept.
                Some(loaded) => Ok(answer(loaded)),
                None => self.fall_back(key, origin, error).await,
            },
            Err(error) => Err(error),
            Ok(read) => {
                self.pay_one().await;
                Ok(read)
            }
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let witnessed = Witnessed::new(origin);
        let written = self.inner.write(key, value.clone(), options, &witnessed).await;
        let Err(RequestError::Strategy(error)) = written else { return written };
        if !witnessed.stored.into_inner() {
            origin.store(key, value).await?;
        }
        self.owe(key, error).map_err(RequestError::Strategy)
    }
}
