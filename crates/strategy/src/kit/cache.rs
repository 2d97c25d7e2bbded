//! Wrapper of a strategy for the rules: calls block, and each error is a failure of the rule.

use std::fmt::{Arguments, Display};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_util::future::join;

use super::executor::Executor;
use super::failure::Failure;
use super::test_origin::Table;
use super::values::check_equal;
use crate::{
    Capacity, Key, OpenConfig, Origin, Properties, PutOptions, Read, RequestError, Snapshot,
    Strategy, Value, poll_once,
};

/// Maximum number of polls of one request. The test origin is pending once per call.
const MAX_POLLS: u32 = 1_000;

/// Opened strategy with blocking methods.
pub(crate) struct Cache<'e, S, E> {
    pub(crate) strategy: S,
    executor: &'e E,
    capacity: Capacity,
    /// Properties that the strategy declares with its options.
    pub(crate) properties: Properties,
}

impl<'e, S: Strategy, E: Executor> Cache<'e, S, E> {
    pub(crate) fn open(config: &OpenConfig, executor: &'e E) -> Result<Self, Failure> {
        let capacity = config.capacity;
        let strategy = run::<S, _, _, _>(
            executor,
            format_args!("open with capacity {capacity:?}"),
            S::open(config),
        )?;
        let properties = S::properties(&config.options);
        Ok(Self { strategy, executor, capacity, properties })
    }

    fn run<T, X: Display>(
        &self,
        request: Arguments<'_>,
        future: impl Future<Output = Result<T, X>>,
    ) -> Result<T, Failure> {
        run::<S, E, T, X>(self.executor, request, future)
    }

    /// Returns the options for putting a value. The weight is the value's length if the capacity is
    /// in bytes.
    pub(crate) fn options(&self, value: &Value) -> PutOptions {
        match self.capacity {
            Capacity::Bytes(_) => PutOptions {
                weight: u32::try_from(value.body.len()).unwrap_or(u32::MAX),
                ..PutOptions::default()
            },
            Capacity::Unbounded | Capacity::Entries(_) => PutOptions::default(),
        }
    }

    /// Creates an empty origin. Its values have the same weights as those of
    /// [`options`](Self::options).
    pub(crate) fn new_table(&self) -> Table {
        Table::new(matches!(self.capacity, Capacity::Bytes(_)))
    }

    pub(crate) fn get(&self, key: Key) -> Result<Option<Value>, Failure> {
        self.run(format_args!("get of key {}", key.0), self.strategy.get(key))
    }

    pub(crate) fn put(&self, value: &Value) -> Result<(), Failure> {
        self.put_with(value, self.options(value))
    }

    pub(crate) fn put_with(&self, value: &Value, options: PutOptions) -> Result<(), Failure> {
        self.run(
            format_args!("put of key {} ({} bytes)", value.key.0, value.body.len()),
            self.strategy.put(value.key, value.clone(), options),
        )
    }

    pub(crate) fn remove(&self, key: Key) -> Result<(), Failure> {
        self.run(format_args!("remove of key {}", key.0), self.strategy.remove(key))
    }

    pub(crate) fn clear(&self) -> Result<(), Failure> {
        self.run(format_args!("clear"), self.strategy.clear())
    }

    pub(crate) fn settle(&self) -> Result<(), Failure> {
        self.run(format_args!("settle"), self.strategy.settle())
    }

    /// Calls `settle` and returns the number of entries.
    pub(crate) fn settled_len(&self) -> Result<u64, Failure> {
        self.settle()?;
        self.run(format_args!("len"), self.strategy.len())
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, Failure> {
        self.run(format_args!("snapshot"), self.strategy.snapshot())
    }

    pub(crate) fn close(&self) -> Result<(), Failure> {
        self.run(format_args!("close"), self.strategy.close())
    }

    pub(crate) fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Failure> {
        self.run(format_args!("get_many of {} keys", keys.len()), self.strategy.get_many(keys))
    }

    /// Reads a key through the cache. The outer error is a failure of the cache, the inner one of
    /// the origin.
    pub(crate) fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Result<Read, String>, Failure> {
        let future = self.strategy.read(key, origin);
        self.run_with_origin::<O, _>(format_args!("read of key {}", key.0), future)
    }

    /// Reads several keys through the cache. The outer error is a failure of the cache, the inner
    /// one of the origin.
    pub(crate) fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Result<Vec<Read>, String>, Failure> {
        let future = self.strategy.read_many(keys, origin);
        self.run_with_origin::<O, _>(format_args!("read_many of {} keys", keys.len()), future)
    }

    /// Reads one key twice at the same time. The outer error is a failure of the cache, the inner one
    /// of the origin.
    pub(crate) fn read_twice<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<[Result<Read, String>; 2], Failure> {
        let request = format_args!("two overlapping reads of key {}", key.0);
        let reads = join(self.strategy.read(key, origin), self.strategy.read(key, origin));
        let (first, second) = self.outcome::<O, _>(request, reads)?;
        Ok([answered(request, first)?, answered(request, second)?])
    }

    /// Writes a value through the cache. The outer error is a failure of the cache, the inner one
    /// of the origin.
    pub(crate) fn write<O: Origin>(
        &self,
        value: &Value,
        origin: &O,
    ) -> Result<Result<(), String>, Failure> {
        let future = self.strategy.write(value.key, value.clone(), self.options(value), origin);
        self.run_with_origin::<O, _>(format_args!("write of key {}", value.key.0), future)
    }

    fn run_with_origin<O: Origin, T>(
        &self,
        request: Arguments<'_>,
        future: impl Future<Output = Result<T, RequestError<S::Error>>>,
    ) -> Result<Result<T, String>, Failure> {
        answered(request, self.outcome::<O, _>(request, future)?)
    }

    /// Runs a future that calls the strategy and the origin.
    fn outcome<O: Origin, T>(
        &self,
        request: Arguments<'_>,
        future: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        if S::MODE.is_sync() && !O::MODE.is_sync() {
            poll_repeatedly(request, future)
        } else {
            run::<S, E, _, Failure>(self.executor, request, async { Ok(future.await) })
        }
    }

    /// Checks that the cache returns `expected`, the latest value of its key.
    ///
    /// Returns false if a lossy strategy has dropped the value, otherwise true.
    pub(crate) fn check_held(&self, expected: &Value) -> Result<bool, Failure> {
        match self.get(expected.key)? {
            Some(answer) => check_equal(&answer, expected).map(|()| true),
            None => {
                ensure!(
                    self.properties.lossy,
                    "key {} was put and is missing, although the cache is not full; keep entries \
                     that fit, or declare `lossy`",
                    expected.key.0
                );
                Ok(false)
            }
        }
    }

    /// Checks that the cache has no value for a key. `reason` completes the message "key 7 …", for
    /// example with "was removed".
    pub(crate) fn check_absent(&self, key: Key, reason: &str) -> Result<(), Failure> {
        if let Some(value) = self.get(key)? {
            return Err(Failure(format!(
                "key {} {reason}, but get returned version {} of key {}; expected no value",
                key.0, value.version, value.key.0
            )));
        }
        Ok(())
    }
}

/// Separates errors of the origin from failures of the cache.
fn answered<T, X: std::error::Error>(
    request: Arguments<'_>,
    outcome: Result<T, RequestError<X>>,
) -> Result<Result<T, String>, Failure> {
    match outcome {
        Ok(answer) => Ok(Ok(answer)),
        Err(RequestError::Origin(error)) => Ok(Err(error.to_string())),
        Err(other) => Err(Failure(format!("{request} failed: {other}"))),
    }
}

fn run<S: Strategy, E: Executor, T, X: Display>(
    executor: &E,
    request: Arguments<'_>,
    future: impl Future<Output = Result<T, X>>,
) -> Result<T, Failure> {
    let outcome = if S::MODE.is_sync() {
        poll_once(future).map_err(|pending| Failure(format!("{request} failed: {pending}")))?
    } else {
        executor.block_on(future)
    };
    outcome.map_err(|error| Failure(format!("{request} failed: {error}")))
}

/// Polls a future of a synchronous strategy over an asynchronous test origin.
///
/// No waker is needed, because the origin is ready at its second poll.
fn poll_repeatedly<F: Future>(request: Arguments<'_>, future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
    }
    Err(Failure(format!(
        "{request} did not finish within {MAX_POLLS} polls, although the origin answers at the \
         second poll; await nothing but the origin"
    )))
}
