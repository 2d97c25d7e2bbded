//! Single flight across processes, by a lock per key in a shared service.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{
    ExecutionMode, Key, Loaded, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions,
    Read, RequestError, Source, Strategy, Value,
};
use tokio::time::sleep;

use crate::open_inner::open_inner;
use crate::options::parse_millis;
use crate::random::next_unit;

const OPTIONS: &[&str] = &["ttl_ms", "lock_ms", "wait_ms", "retry_ms", "stale_ms"];

/// Locks shared by all processes, one per key.
pub trait DistributedLock: Sized + Send + Sync + 'static {
    /// Failure of the lock service.
    type Error: std::error::Error + Send;

    /// Connects to the lock service.
    ///
    /// # Errors
    /// [`OpenError`] if the service is not available.
    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Acquires the lock of a key for the owner `token`; returns false if another owner has it.
    ///
    /// The lock expires after `lease`, so that a crashed owner does not block others.
    ///
    /// # Errors
    /// Failures of the service; the lock may be acquired nevertheless.
    fn acquire(
        &self,
        key: Key,
        token: u64,
        lease: Duration,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Releases the lock of a key if `token` still owns it.
    ///
    /// # Errors
    /// Failures of the service; the lock then expires by itself.
    fn release(&self, key: Key, token: u64)
    -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Layer that loads a missing key in only one process at a time, guarded by a [`DistributedLock`].
///
/// A request that misses acquires the key's lock for up to `lock_ms` (default 5,000), checks the
/// cache again, and loads. All other requests check the cache again about every `retry_ms` (default
/// 10) for up to `wait_ms` (default 1,000) and then load without the lock. An entry found while
/// waiting counts as [`Source::Joined`], not as a hit.
///
/// If `stale_ms` (default 0) is above 0, a copy of each entry is kept for `stale_ms` beyond its
/// time to live. Requests that find the lock taken then return the copy, as [`Source::Stale`],
/// instead of waiting.
///
/// Entries live for `ttl_ms` (default 60,000; 0 leaves expiry to the inner strategy) unless they
/// have their own time to live. If the lock service fails, requests load without a lock.
pub struct DistributedSingleFlight<S, L> {
    inner: S,
    /// Copies of entries, kept beyond their time to live.
    stale_copies: Option<S>,
    lock: L,
    times: Durations,
    /// Next lock token: starts at a random number, increments per lock.
    next_token: AtomicU64,
    jitter: crate::atomics::AtomicU64,
}

#[derive(Clone, Copy, Debug)]
struct Durations {
    ttl: Option<Duration>,
    lock: Duration,
    wait: Duration,
    retry: Duration,
    stale: Duration,
}

/// Origin wrapper that loads only with the key's lock.
struct LockingOrigin<'a, S, O, L> {
    cache: &'a S,
    origin: &'a O,
    lock: &'a L,
    next_token: &'a AtomicU64,
    times: Durations,
    /// Loads without the lock if another owner has it.
    load_unlocked: bool,
    /// Token of the acquired lock; 0 if there is none.
    acquired: AtomicU64,
    /// Set if another owner has the lock.
    busy: AtomicBool,
    /// Set if the entry was cached between the miss and the acquisition of the lock.
    cached_meanwhile: AtomicBool,
    /// Options of the loaded entry.
    loaded: Mutex<Option<PutOptions>>,
}

impl<S: Strategy, O: Origin, L: DistributedLock> Origin for LockingOrigin<'_, S, O, L> {
    const MODE: ExecutionMode = ExecutionMode::Async;
    type Detached = O::Detached;

    delegate_origin!(store);

    // A spawned task loads without the lock.
    fn detach(&self) -> O::Detached {
        self.origin.detach()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let token = self.next_token.fetch_add(1, Ordering::Relaxed);
        match self.lock.acquire(key, token, self.times.lock).await {
            Ok(true) => {
                self.acquired.store(token, Ordering::Relaxed);
                if let Ok(Some(_)) = self.cache.get(key).await {
                    self.cached_meanwhile.store(true, Ordering::Relaxed);
                    return Err(OriginError(String::from("another instance has loaded this key")));
                }
            }
            Ok(false) if !self.load_unlocked => {
                self.busy.store(true, Ordering::Relaxed);
                return Err(OriginError(String::from("another instance is loading this key")));
            }
            Ok(false) | Err(_) => {}
        }
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        loaded.options.ttl = loaded.options.ttl.or(self.times.ttl);
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded.options);
        Ok(Some(loaded))
    }
}

impl<S: Strategy, L: DistributedLock> DistributedSingleFlight<S, L> {
    async fn put_stale_copy(
        &self,
        key: Key,
        value: &Value,
        options: PutOptions,
    ) -> Result<(), S::Error> {
        let Some(copies) = &self.stale_copies else { return Ok(()) };
        let ttl = options.ttl.map(|ttl| ttl + self.times.stale);
        copies.put(key, value.clone(), PutOptions { ttl, ..options }).await
    }

    async fn read_stale_copy(&self, key: Key) -> Result<Option<Read>, S::Error> {
        let Some(copies) = &self.stale_copies else { return Ok(None) };
        let value = copies.get(key).await?;
        Ok(value.map(|value| Read { value: Some(value), source: Source::Stale { tier: 0 } }))
    }

    fn with_ttl(&self, options: PutOptions) -> PutOptions {
        PutOptions { ttl: options.ttl.or(self.times.ttl), ..options }
    }
}

impl<S: Strategy, L: DistributedLock> Strategy for DistributedSingleFlight<S, L> {
    type Error = S::Error;

    // Locking and waiting need a runtime.
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = true;

    delegate!(get, get_many, len, settle, snapshot, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let millis = |name, default| parse_millis(&config.options, name, default);
        let ttl = millis("ttl_ms", 60_000)?;
        let times = Durations {
            ttl: (!ttl.is_zero()).then_some(ttl),
            lock: millis("lock_ms", 5_000)?.max(Duration::from_millis(1)),
            wait: millis("wait_ms", 1_000)?,
            retry: millis("retry_ms", 10)?.max(Duration::from_millis(1)),
            stale: millis("stale_ms", 0)?,
        };
        let inner = open_inner(config, OPTIONS).await?;
        let stale_copies = if times.stale.is_zero() {
            None
        } else {
            let namespace = format!("{}:stale", config.namespace);
            let copies = OpenConfig { namespace, ..config.clone() };
            Some(open_inner(&copies, OPTIONS).await?)
        };
        let lock = L::open(config).await?;
        let next_token = AtomicU64::new(random());
        let jitter = crate::atomics::AtomicU64::new(config.seed);
        Ok(Self { inner, stale_copies, lock, times, next_token, jitter })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let options = self.with_ttl(options);
        self.inner.put(key, value.clone(), options).await?;
        self.put_stale_copy(key, &value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        if let Some(copies) = &self.stale_copies {
            copies.remove(key).await?;
        }
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        if let Some(copies) = &self.stale_copies {
            copies.clear().await?;
        }
        self.inner.clear().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        if let Some(copies) = &self.stale_copies {
            copies.close().await?;
        }
        self.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let mut waited = Duration::ZERO;
        let mut missed = false;
        loop {
            let locking = LockingOrigin {
                cache: &self.inner,
                origin,
                lock: &self.lock,
                next_token: &self.next_token,
                times: self.times,
                load_unlocked: waited >= self.times.wait,
                acquired: AtomicU64::new(0),
                busy: AtomicBool::new(false),
                cached_meanwhile: AtomicBool::new(false),
                loaded: Mutex::default(),
            };
            let read = self.inner.read(key, &locking).await;
            if let Ok(Read { source: Source::Hit { .. }, .. }) = read {
                // After a miss, the entry was loaded by another request.
                let joined = |read| Read { source: Source::Joined, ..read };
                return if missed { read.map(joined) } else { read };
            }
            missed = true;
            let loaded = locking.loaded.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let (Ok(Read { value: Some(value), .. }), Some(options)) = (&read, loaded) {
                self.put_stale_copy(key, value, options).await.map_err(RequestError::Strategy)?;
            }
            let token = locking.acquired.into_inner();
            if token != 0 {
                // If the release fails, the lock expires by itself.
                let _ = self.lock.release(key, token).await;
            }
            let is_refused = matches!(read, Err(RequestError::Origin(_)));
            if is_refused && locking.cached_meanwhile.into_inner() {
                continue;
            }
            if !(is_refused && locking.busy.into_inner()) {
                return read;
            }
            if let Some(read) = self.read_stale_copy(key).await.map_err(RequestError::Strategy)? {
                return Ok(read);
            }
            // Random, so that waiting requests do not all return at the same time.
            let pause = self.times.retry.mul_f64(0.5 + next_unit(&self.jitter));
            sleep(pause).await;
            waited += pause;
        }
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let options = self.with_ttl(options);
        self.inner.write(key, value.clone(), options, origin).await?;
        self.put_stale_copy(key, &value, options).await.map_err(RequestError::Strategy)
    }
}

/// Returns a number that differs between instances.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
