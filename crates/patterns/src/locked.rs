//! A lock in the shared cache: of all processes that miss a key at once, one asks the origin.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bakeoff_strategy::{
    Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Source, Strategy, Value,
};
use tokio::time::sleep;

use crate::beneath;
use crate::jitter::unit;

const OPTIONS: &[&str] = &["ttl_ms", "lock_ms", "wait_ms", "retry_ms", "stale_ms"];

/// Locks that all processes see, one for each key.
pub trait Lock: Sized + Send + Sync + 'static {
    /// What a service that was asked for a lock may answer instead.
    type Error: std::error::Error + Send;

    /// Gets ready to lock the keys of a namespace.
    ///
    /// # Errors
    /// [`OpenError`] if the service is not there.
    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Takes the lock of a key for the owner `token`, unless somebody has it. It ends by itself
    /// after `lasts`, so that nobody waits for an owner that has died.
    ///
    /// # Errors
    /// Those of the service; the lock may be taken all the same.
    fn acquire(
        &self,
        key: Key,
        token: u64,
        lasts: Duration,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Gives the lock back if `token` still owns it: one that ended by itself may be another's now.
    ///
    /// # Errors
    /// Those of the service; the lock then ends by itself.
    fn release(&self, key: Key, token: u64)
    -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Whoever misses takes the key's lock, for `lock_ms` (default 5,000) at most, looks whether the
/// entry has come meanwhile, and loads; all others look again every `retry_ms` or so (default 10),
/// for `wait_ms` (default 1,000), and then load without it. What they find is another's load that
/// they joined, and no hit. With `stale_ms` above 0 (the default is 0) a second copy of each entry is
/// kept for so much longer than its time, and is what they are answered with instead of waiting.
/// Entries live for `ttl_ms` (default 60,000; 0: as long as the cache beneath has it, and so do
/// their copies) unless they come with a time of their own.
///
/// Where the lock cannot be had because its service fails, the origin is asked without it.
pub struct Locked<S, L> {
    inner: S,
    /// The second copies.
    stale: Option<S>,
    lock: L,
    times: Times,
    /// The tokens of this instance: a random number, and one more each time.
    next_token: AtomicU64,
    dice: crate::sync::AtomicU64,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    ttl: Option<Duration>,
    lock: Duration,
    wait: Duration,
    retry: Duration,
    stale: Duration,
}

/// An origin that is asked by whoever has the key's lock.
struct Guarded<'a, S, O, L> {
    cache: &'a S,
    origin: &'a O,
    lock: &'a L,
    next_token: &'a AtomicU64,
    times: Times,
    /// Whether to go without a lock that somebody else has.
    impatient: bool,
    /// The token with which the lock is ours; 0 where it is not.
    ours: AtomicU64,
    /// Whether it is somebody else's.
    busy: AtomicBool,
    /// Whether another's load came between our miss and our lock.
    arrived: AtomicBool,
    /// How what was loaded is to be kept.
    loaded: Mutex<Option<PutOptions>>,
}

impl<S: Strategy, O: Origin, L: Lock> Origin for Guarded<'_, S, O, L> {
    const MODE: Mode = Mode::Async;
    type Detached = O::Detached;

    forward_origin!(store);

    // A task of its own loads for itself.
    fn detach(&self) -> O::Detached {
        self.origin.detach()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let token = self.next_token.fetch_add(1, Ordering::Relaxed);
        match self.lock.acquire(key, token, self.times.lock).await {
            Ok(true) => {
                self.ours.store(token, Ordering::Relaxed);
                if let Ok(Some(_)) = self.cache.get(key).await {
                    self.arrived.store(true, Ordering::Relaxed);
                    return Err(OriginError(String::from("another instance has loaded this key")));
                }
            }
            Ok(false) if !self.impatient => {
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

impl<S: Strategy, L: Lock> Locked<S, L> {
    async fn keep_copy(
        &self,
        key: Key,
        value: &Value,
        options: PutOptions,
    ) -> Result<(), S::Error> {
        let Some(stale) = &self.stale else { return Ok(()) };
        let ttl = options.ttl.map(|ttl| ttl + self.times.stale);
        stale.put(key, value.clone(), PutOptions { ttl, ..options }).await
    }

    /// What there is to answer with while somebody else loads.
    async fn copy(&self, key: Key) -> Result<Option<Read>, S::Error> {
        let Some(stale) = &self.stale else { return Ok(None) };
        let value = stale.get(key).await?;
        Ok(value.map(|value| Read { value: Some(value), source: Source::Stale { tier: 0 } }))
    }

    fn with_ttl(&self, options: PutOptions) -> PutOptions {
        PutOptions { ttl: options.ttl.or(self.times.ttl), ..options }
    }
}

impl<S: Strategy, L: Lock> Strategy for Locked<S, L> {
    type Error = S::Error;

    // Locking and waiting take a runtime.
    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = S::PROPERTIES;
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = true;

    forward!(get, get_many, len, settle, snapshot, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let ms = |name, default| beneath::milliseconds(&config.options, name, default);
        let ttl = ms("ttl_ms", 60_000)?;
        let times = Times {
            ttl: (!ttl.is_zero()).then_some(ttl),
            lock: ms("lock_ms", 5_000)?.max(Duration::from_millis(1)),
            wait: ms("wait_ms", 1_000)?,
            retry: ms("retry_ms", 10)?.max(Duration::from_millis(1)),
            stale: ms("stale_ms", 0)?,
        };
        let inner = beneath::open(config, OPTIONS).await?;
        let stale = if times.stale.is_zero() {
            None
        } else {
            let namespace = format!("{}:stale", config.namespace);
            let beside = OpenConfig { namespace, ..config.clone() };
            Some(beneath::open(&beside, OPTIONS).await?)
        };
        let lock = L::open(config).await?;
        let next_token = AtomicU64::new(random());
        let dice = crate::sync::AtomicU64::new(config.seed);
        Ok(Self { inner, stale, lock, times, next_token, dice })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        let options = self.with_ttl(options);
        self.inner.put(key, value.clone(), options).await?;
        self.keep_copy(key, &value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        if let Some(stale) = &self.stale {
            stale.remove(key).await?;
        }
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        if let Some(stale) = &self.stale {
            stale.clear().await?;
        }
        self.inner.clear().await
    }

    async fn close(&self) -> Result<(), S::Error> {
        if let Some(stale) = &self.stale {
            stale.close().await?;
        }
        self.inner.close().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let mut waited = Duration::ZERO;
        let mut missed = false;
        loop {
            let guarded = Guarded {
                cache: &self.inner,
                origin,
                lock: &self.lock,
                next_token: &self.next_token,
                times: self.times,
                impatient: waited >= self.times.wait,
                ours: AtomicU64::new(0),
                busy: AtomicBool::new(false),
                arrived: AtomicBool::new(false),
                loaded: Mutex::default(),
            };
            let read = self.inner.read(key, &guarded).await;
            if let Ok(Read { source: Source::Hit { .. }, .. }) = read {
                // Whoever missed before is answered with what another loaded meanwhile.
                let shared = |read| Read { source: Source::Joined, ..read };
                return if missed { read.map(shared) } else { read };
            }
            missed = true;
            let loaded = guarded.loaded.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let (Ok(Read { value: Some(value), .. }), Some(options)) = (&read, loaded) {
                self.keep_copy(key, value, options).await.map_err(RequestError::Strategy)?;
            }
            let token = guarded.ours.into_inner();
            if token != 0 {
                // One that cannot be given back ends by itself.
                let _ = self.lock.release(key, token).await;
            }
            let is_refused = matches!(read, Err(RequestError::Origin(_)));
            if is_refused && guarded.arrived.into_inner() {
                continue;
            }
            if !(is_refused && guarded.busy.into_inner()) {
                return read;
            }
            if let Some(read) = self.copy(key).await.map_err(RequestError::Strategy)? {
                return Ok(read);
            }
            // Unevenly, so that those who wait do not all come back at once.
            let pause = self.times.retry.mul_f64(0.5 + unit(&self.dice));
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
        self.keep_copy(key, &value, options).await.map_err(RequestError::Strategy)
    }
}

/// A number that no other instance has begun with.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
