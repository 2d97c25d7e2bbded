//! Test strategies for the tests of the runner: small LRU caches with an optional fault.
//!
//! The environment variable `BAKEOFF_TEST_STRATEGY` selects the mode, `sync` or `async`. The option
//! `fault` selects the fault, and the option `at` the call of `get` at which the fault starts (0 is
//! the first call).

use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn, ready};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use bakeoff_runner::body;
use bakeoff_strategy::{
    Bound, Capacity, ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions,
    Read, RequestError, Snapshot, Source, Strategy, Value, read_with_multi_get,
};
use bytes::Bytes;

const PROPERTIES: Properties = Properties { bound: Bound::Entries, ..Properties::LOCAL };

fn main() -> ExitCode {
    match std::env::var("BAKEOFF_TEST_STRATEGY").as_deref() {
        Ok("moka") => bakeoff_runner::run::<bakeoff_variant_moka::Moka>("moka"),
        Ok("async") => bakeoff_runner::run::<AsyncTestStrategy>("test-async"),
        _ => bakeoff_runner::run::<TestStrategy>("test-sync"),
    }
}

/// Simple, exact LRU cache: a timestamp per key, and keys ordered by timestamp.
#[derive(Debug, Default)]
struct Lru {
    capacity: usize,
    clock: u64,
    held: HashMap<Key, (u64, Value)>,
    order: BTreeMap<u64, Key>,
    gets: u64,
    evictions: u64,
}

impl Lru {
    fn touch(&mut self, key: Key) -> Option<Value> {
        self.clock += 1;
        let (stamp, value) = self.held.get_mut(&key)?;
        self.order.remove(stamp);
        *stamp = self.clock;
        self.order.insert(self.clock, key);
        Some(value.clone())
    }

    fn insert(&mut self, key: Key, value: Value) {
        self.remove(key);
        self.clock += 1;
        self.order.insert(self.clock, key);
        self.held.insert(key, (self.clock, value));
        if self.held.len() > self.capacity
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.held.remove(&oldest);
            self.evictions += 1;
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some((stamp, _)) = self.held.remove(&key) {
            self.order.remove(&stamp);
        }
    }
}

/// Fault that a test strategy shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Panics,
    Pends,
    Fails,
    AnswersAnotherKey,
    TearsBodies,
    EmptiesBodies,
    InventsVersions,
    ForgetsWrites,
    LosesWrites,
    AnswersNothing,
    Prints,
    FailsToClose,
    /// Fails every multi-get, but no single read.
    FailsMultiGets,
    /// Does not answer the first key of a multi-get.
    AnswersTooFew,
    /// Blocks its thread for [`STALL`] at the start of every [`PERIOD`].
    StallsItsThread,
    /// Answers no request for [`STALL`] at the start of every [`PERIOD`], without blocking its
    /// thread.
    StallsAsync,
    /// Lets all other tasks of its thread run before every `get`.
    Yields,
    /// Blocks until four threads call `get` at once.
    NeedsFourCallers,
}

impl Fault {
    fn from_options(config: &OpenConfig) -> Result<Self, OpenError> {
        let fault = config.options.get("fault", String::from("none"))?;
        Ok(match fault.as_str() {
            "panics" => Self::Panics,
            "pends" => Self::Pends,
            "fails" => Self::Fails,
            "another-key" => Self::AnswersAnotherKey,
            "torn" => Self::TearsBodies,
            "empty" => Self::EmptiesBodies,
            "invents" => Self::InventsVersions,
            "forgets-writes" => Self::ForgetsWrites,
            "loses-writes" => Self::LosesWrites,
            "nothing" => Self::AnswersNothing,
            "prints" => Self::Prints,
            "close" => Self::FailsToClose,
            "fails-multi-gets" => Self::FailsMultiGets,
            "too-few" => Self::AnswersTooFew,
            "stalls-thread" => Self::StallsItsThread,
            "stalls-async" => Self::StallsAsync,
            "yields" => Self::Yields,
            "four-callers" => Self::NeedsFourCallers,
            _ => Self::None,
        })
    }
}

/// Time between the starts of two stalls.
const PERIOD: Duration = Duration::from_secs(1);
/// Duration of a stall.
const STALL: Duration = Duration::from_millis(100);

/// Periodic stalls, as during a garbage collection or a flush to disk.
#[derive(Debug)]
struct Stalls {
    opened: Instant,
    /// Number of stalls of the thread so far.
    done: AtomicU64,
    outstanding: AtomicU64,
    most_outstanding: AtomicU64,
}

impl Stalls {
    fn new() -> Self {
        Self {
            opened: Instant::now(),
            done: AtomicU64::new(0),
            outstanding: AtomicU64::new(0),
            most_outstanding: AtomicU64::new(0),
        }
    }

    async fn stall(&self, fault: Fault) {
        let outstanding = self.outstanding.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_outstanding.fetch_max(outstanding, Ordering::Relaxed);
        let open_for = self.opened.elapsed();
        let period = open_for.as_secs() / PERIOD.as_secs();
        let into = open_for - PERIOD * period as u32;
        match fault {
            Fault::StallsItsThread if self.done.load(Ordering::Relaxed) <= period => {
                self.done.store(period + 1, Ordering::Relaxed);
                std::thread::sleep(STALL);
            }
            Fault::StallsAsync if into < STALL => tokio::time::sleep(STALL - into).await,
            Fault::Yields => tokio::task::yield_now().await,
            _ => {}
        }
        self.outstanding.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Synchronous test strategy.
#[derive(Debug)]
struct TestStrategy {
    lru: Mutex<Lru>,
    fault: Fault,
    at: u64,
    stalls: Stalls,
    callers: Mutex<u32>,
    caller_came: Condvar,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("injected failure")]
struct InjectedFailure;

impl TestStrategy {
    fn new(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&["fault", "at"])?;
        let Capacity::Entries(capacity) = config.capacity else {
            return Err(OpenError::UnsupportedCapacity(config.capacity));
        };
        let lru = Lru { capacity: capacity as usize, ..Lru::default() };
        Ok(Self {
            lru: Mutex::new(lru),
            fault: Fault::from_options(config)?,
            at: config.options.get("at", 0)?,
            stalls: Stalls::new(),
            callers: Mutex::new(0),
            caller_came: Condvar::new(),
        })
    }

    fn lru(&self) -> MutexGuard<'_, Lru> {
        self.lru.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true if the given fault is selected and has started.
    fn is_active(&self, fault: Fault) -> bool {
        self.fault == fault && self.lru().gets > self.at
    }

    /// Waits until four threads have called at once; fails after ten seconds.
    fn wait_for_callers(&self) -> Result<(), InjectedFailure> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        *callers += 1;
        self.caller_came.notify_all();
        let (_callers, waited) = self
            .caller_came
            .wait_timeout_while(callers, Duration::from_secs(10), |callers| *callers < 4)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() { Err(InjectedFailure) } else { Ok(()) }
    }

    fn look_up(&self, key: Key) -> Result<Option<Value>, InjectedFailure> {
        self.lru().gets += 1;
        if self.is_active(Fault::NeedsFourCallers) {
            self.wait_for_callers()?;
        }
        if self.is_active(Fault::Fails) {
            return Err(InjectedFailure);
        }
        if self.is_active(Fault::Panics) {
            panic!("injected panic");
        }
        if self.is_active(Fault::Prints) {
            println!("{{\"type\":\"bye\"}} and text outside of the protocol");
        }
        let mut value = self.lru().touch(key);
        if let Some(value) = &mut value {
            let length = value.body.len();
            if self.is_active(Fault::AnswersAnotherKey) {
                *value = body::value(Key::from_id(key.id() + 1), 0, length);
            } else if self.is_active(Fault::TearsBodies) {
                let mut torn = value.body.to_vec();
                torn[length / 2] ^= 1;
                value.body = Bytes::from(torn);
            } else if self.is_active(Fault::EmptiesBodies) {
                value.body = Bytes::new();
            } else if self.is_active(Fault::InventsVersions) {
                *value = body::value(key, value.version + 1000, length);
            }
        }
        Ok(value)
    }
}

impl Strategy for TestStrategy {
    type Error = InjectedFailure;
    const MODE: ExecutionMode = ExecutionMode::Sync;
    const PROPERTIES: Properties = PROPERTIES;

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(Self::new(config))
    }

    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, InjectedFailure>> + Send {
        let mut found = Some(self.look_up(key));
        let pends = self.is_active(Fault::Pends);
        poll_fn(move |_| match found.take() {
            Some(found) if !pends => Poll::Ready(found),
            _ => Poll::Pending,
        })
    }

    fn put(
        &self,
        key: Key,
        value: Value,
        _: PutOptions,
    ) -> impl Future<Output = Result<(), InjectedFailure>> + Send {
        if !(self.is_active(Fault::ForgetsWrites) && value.version > 0) {
            self.lru().insert(key, value);
        }
        ready(Ok(()))
    }

    fn remove(&self, key: Key) -> impl Future<Output = Result<(), InjectedFailure>> + Send {
        self.lru().remove(key);
        ready(Ok(()))
    }

    fn clear(&self) -> impl Future<Output = Result<(), InjectedFailure>> + Send {
        let mut lru = self.lru();
        lru.held.clear();
        lru.order.clear();
        ready(Ok(()))
    }

    fn len(&self) -> impl Future<Output = Result<u64, InjectedFailure>> + Send {
        ready(Ok(self.lru().held.len() as u64))
    }

    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, InjectedFailure>> + Send {
        let evictions = Some(self.lru().evictions);
        ready(Ok(Snapshot { evictions, ..Snapshot::default() }))
    }

    fn close(&self) -> impl Future<Output = Result<(), InjectedFailure>> + Send {
        ready(if self.fault == Fault::FailsToClose { Err(InjectedFailure) } else { Ok(()) })
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<InjectedFailure>> {
        if self.is_active(Fault::AnswersNothing) {
            return Ok(Read { value: None, source: Source::Absent });
        }
        if let Some(value) = self.get(key).await.map_err(RequestError::Strategy)? {
            return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
        }
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let value = loaded.value.clone();
        self.put(key, loaded.value, loaded.options).await.map_err(RequestError::Strategy)?;
        Ok(Read { value: Some(value), source: Source::Loaded })
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<InjectedFailure>> {
        if !self.is_active(Fault::LosesWrites) {
            origin.store(key, value.clone()).await?;
        }
        self.put(key, value, options).await.map_err(RequestError::Strategy)
    }
}

/// Asynchronous test strategy: the same cache, with futures that are sometimes pending.
#[derive(Debug)]
struct AsyncTestStrategy(TestStrategy);

impl Strategy for AsyncTestStrategy {
    type Error = InjectedFailure;
    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = PROPERTIES;

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        tokio::task::yield_now().await;
        TestStrategy::new(config).map(Self)
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, InjectedFailure> {
        self.0.stalls.stall(self.0.fault).await;
        if key.0.is_multiple_of(3) {
            tokio::task::yield_now().await;
        }
        Ok(self.0.look_up(key).ok().flatten())
    }

    async fn put(&self, key: Key, value: Value, _: PutOptions) -> Result<(), InjectedFailure> {
        tokio::task::yield_now().await;
        self.0.lru().insert(key, value);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), InjectedFailure> {
        self.0.lru().remove(key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), InjectedFailure> {
        let mut lru = self.0.lru();
        lru.held.clear();
        lru.order.clear();
        Ok(())
    }

    async fn len(&self) -> Result<u64, InjectedFailure> {
        Ok(self.0.lru().held.len() as u64)
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<InjectedFailure>> {
        match self.0.fault {
            Fault::FailsMultiGets => Err(RequestError::Strategy(InjectedFailure)),
            Fault::AnswersTooFew => read_with_multi_get(self, &keys[1..], origin).await,
            _ => read_with_multi_get(self, keys, origin).await,
        }
    }

    /// With a fault that delays answers, reports the peak number of outstanding requests as the number of
    /// evictions.
    async fn snapshot(&self) -> Result<Snapshot, InjectedFailure> {
        let most = self.0.stalls.most_outstanding.load(Ordering::Relaxed);
        let delays = [Fault::StallsItsThread, Fault::StallsAsync, Fault::Yields];
        let delays = delays.contains(&self.0.fault);
        Ok(Snapshot { evictions: delays.then_some(most), ..Snapshot::default() })
    }
}
