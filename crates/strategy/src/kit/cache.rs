//! An opened strategy with plain calls: futures are run, errors become failures.

use std::fmt::{Arguments, Display};

use super::executor::Executor;
use super::failure::Failure;
use super::origin::Table;
use super::values::same;
use crate::{
    Capacity, Key, OpenConfig, Origin, PutOptions, Read, ReadError, Snapshot, Strategy, Value,
    poll_once,
};

/// Polls that a future over an origin which pends now and then may take.
const PATIENCE: u32 = 1_000;

/// An opened strategy.
pub(crate) struct Cache<'e, S, E> {
    pub(crate) strategy: S,
    executor: &'e E,
    capacity: Capacity,
}

impl<'e, S: Strategy, E: Executor> Cache<'e, S, E> {
    pub(crate) fn open(config: &OpenConfig, executor: &'e E) -> Result<Self, Failure> {
        let capacity = config.capacity;
        let strategy = wait::<S, _, _, _>(
            executor,
            format_args!("open with capacity {capacity:?}"),
            S::open(config),
        )?;
        Ok(Self { strategy, executor, capacity })
    }

    fn wait<T, X: Display>(
        &self,
        what: Arguments<'_>,
        future: impl Future<Output = Result<T, X>>,
    ) -> Result<T, Failure> {
        wait::<S, E, T, X>(self.executor, what, future)
    }

    /// The options that a value is put with: weighed in bytes where the capacity is.
    pub(crate) fn options(&self, value: &Value) -> PutOptions {
        match self.capacity {
            Capacity::Bytes(_) => PutOptions {
                weight: u32::try_from(value.body.len()).unwrap_or(u32::MAX),
                ..PutOptions::default()
            },
            Capacity::Unbounded | Capacity::Entries(_) => PutOptions::default(),
        }
    }

    /// An empty origin that weighs its values as this cache does.
    pub(crate) fn table(&self) -> Table {
        Table::weighed(matches!(self.capacity, Capacity::Bytes(_)))
    }

    pub(crate) fn get(&self, key: Key) -> Result<Option<Value>, Failure> {
        self.wait(format_args!("get of key {}", key.0), self.strategy.get(key))
    }

    pub(crate) fn put(&self, value: &Value) -> Result<(), Failure> {
        self.put_with(value, self.options(value))
    }

    pub(crate) fn put_with(&self, value: &Value, options: PutOptions) -> Result<(), Failure> {
        self.wait(
            format_args!("put of key {}, {} bytes", value.key.0, value.body.len()),
            self.strategy.put(value.key, value.clone(), options),
        )
    }

    pub(crate) fn remove(&self, key: Key) -> Result<(), Failure> {
        self.wait(format_args!("remove of key {}", key.0), self.strategy.remove(key))
    }

    pub(crate) fn clear(&self) -> Result<(), Failure> {
        self.wait(format_args!("clear"), self.strategy.clear())
    }

    pub(crate) fn settle(&self) -> Result<(), Failure> {
        self.wait(format_args!("settle"), self.strategy.settle())
    }

    /// Entries held once all housekeeping is done.
    pub(crate) fn settled_len(&self) -> Result<u64, Failure> {
        self.settle()?;
        self.wait(format_args!("len"), self.strategy.len())
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, Failure> {
        self.wait(format_args!("snapshot"), self.strategy.snapshot())
    }

    pub(crate) fn close(&self) -> Result<(), Failure> {
        self.wait(format_args!("close"), self.strategy.close())
    }

    pub(crate) fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Failure> {
        self.wait(format_args!("get_many of {} keys", keys.len()), self.strategy.get_many(keys))
    }

    /// Reads through the cache; the failure is the cache's, the inner error the origin's.
    pub(crate) fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Result<Read, String>, Failure> {
        let future = self.strategy.read(key, origin);
        self.through::<O, _>(format_args!("read of key {}", key.0), future)
    }

    /// Reads several keys through the cache; the failure is the cache's, the inner error the origin's.
    pub(crate) fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Result<Vec<Read>, String>, Failure> {
        let future = self.strategy.read_many(keys, origin);
        self.through::<O, _>(format_args!("read of {} keys together", keys.len()), future)
    }

    /// Writes through the cache; the failure is the cache's, the inner error the origin's.
    pub(crate) fn write<O: Origin>(
        &self,
        value: &Value,
        origin: &O,
    ) -> Result<Result<(), String>, Failure> {
        let future = self.strategy.write(value.key, value.clone(), self.options(value), origin);
        self.through::<O, _>(format_args!("write of key {}", value.key.0), future)
    }

    fn through<O: Origin, T>(
        &self,
        what: Arguments<'_>,
        future: impl Future<Output = Result<T, ReadError<S::Error>>>,
    ) -> Result<Result<T, String>, Failure> {
        let outcome = if S::MODE.is_immediate() && !O::MODE.is_immediate() {
            poll_patiently(what, future)?
        } else {
            wait::<S, E, _, Failure>(self.executor, what, async { Ok(future.await) })?
        };
        match outcome {
            Ok(answer) => Ok(Ok(answer)),
            Err(ReadError::Origin(error)) => Ok(Err(error.to_string())),
            Err(other) => Err(Failure(format!("{what} failed: {other}"))),
        }
    }

    /// Demands that the last value put for a key is held, or nothing where the strategy may lose
    /// entries; says whether it is held.
    pub(crate) fn holds(&self, wanted: &Value) -> Result<bool, Failure> {
        match self.get(wanted.key)? {
            Some(answer) => same(&answer, wanted).map(|()| true),
            None => {
                ensure!(
                    S::PROPERTIES.lossy,
                    "key {} was put and is gone, although there was room",
                    wanted.key.0
                );
                Ok(false)
            }
        }
    }

    /// Demands that nothing is held for a key; `why` says why there must be nothing.
    pub(crate) fn lacks(&self, key: Key, why: &str) -> Result<(), Failure> {
        let answer = self.get(key)?;
        ensure!(
            answer.is_none(),
            "key {} {why}, and was answered with {}",
            key.0,
            answer.map_or_else(String::new, |value| format!(
                "version {} of key {}",
                value.version, value.key.0
            ))
        );
        Ok(())
    }
}

fn wait<S: Strategy, E: Executor, T, X: Display>(
    executor: &E,
    what: Arguments<'_>,
    future: impl Future<Output = Result<T, X>>,
) -> Result<T, Failure> {
    let outcome = if S::MODE.is_immediate() {
        poll_once(future).map_err(|pending| Failure(format!("{what}: {pending}")))?
    } else {
        executor.block_on(future)
    };
    outcome.map_err(|error| Failure(format!("{what} failed: {error}")))
}

/// Polls until the future is ready: an immediate strategy over an origin that wakes at once.
fn poll_patiently<F: Future>(what: Arguments<'_>, future: F) -> Result<F::Output, Failure> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..PATIENCE {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
    }
    Err(Failure(format!("{what}: still pending after {PATIENCE} polls")))
}
