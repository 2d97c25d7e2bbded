//! Opening a strategy for the rules, each time in its own namespace.

use std::cell::Cell;
use std::marker::PhantomData;

use super::cache::Cache;
use super::executor::Executor;
use super::failure::{Failure, catch_panic};
use crate::{Bound, Capacity, OpenConfig, Properties, Strategy};

/// Capacity in entries that only the rules about capacity exhaust.
const AMPLE_ENTRIES: u64 = 10_000;
/// The same in bytes: room for several values of 1 MiB.
const AMPLE_BYTES: u64 = 64 << 20;

/// Opens the strategy under test.
pub(crate) struct Harness<'e, S, E> {
    configs: &'e dyn Fn(Capacity) -> OpenConfig,
    executor: &'e E,
    /// Seed of the random rules.
    pub(crate) seed: u64,
    opened: Cell<u32>,
    strategy: PhantomData<S>,
}

impl<'e, S: Strategy, E: Executor> Harness<'e, S, E> {
    pub(crate) fn new(
        configs: &'e dyn Fn(Capacity) -> OpenConfig,
        executor: &'e E,
        seed: u64,
    ) -> Self {
        Self { configs, executor, seed, opened: Cell::new(0), strategy: PhantomData }
    }

    pub(crate) fn properties(&self) -> Properties {
        S::PROPERTIES
    }

    /// Returns a capacity that a rule does not exhaust.
    pub(crate) fn ample_capacity(&self) -> Capacity {
        match S::PROPERTIES.bound {
            Bound::None => Capacity::Unbounded,
            Bound::Bytes => Capacity::Bytes(AMPLE_BYTES),
            Bound::Entries | Bound::EntriesOrBytes | Bound::ServerMemory => {
                Capacity::Entries(AMPLE_ENTRIES)
            }
        }
    }

    /// Returns a number of steps: `sync`, or the smaller `asynchronous` for strategies whose
    /// requests cross a network.
    pub(crate) fn steps(&self, sync: u32, asynchronous: u32) -> u32 {
        if S::MODE.is_sync() { sync } else { asynchronous }
    }

    /// Returns a configuration with a new namespace.
    pub(crate) fn config(&self, capacity: Capacity) -> OpenConfig {
        self.opened.set(self.opened.get() + 1);
        let mut config = (self.configs)(capacity);
        // Fixed width, so that no namespace is a prefix of another.
        config.namespace = format!("{}-kit{:06}", config.namespace, self.opened.get());
        config
    }

    /// Opens a cache with ample capacity, passes it to `part`, then clears and closes it.
    pub(crate) fn with_ample_cache<T>(
        &self,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_cache(&self.config(self.ample_capacity()), part)
    }

    /// Opens a cache of the given capacity, passes it to `part`, then clears and closes it.
    pub(crate) fn with_capacity<T>(
        &self,
        capacity: Capacity,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_cache(&self.config(capacity), part)
    }

    /// Opens a cache, passes it to `part`, then clears its namespace and closes it, even if `part`
    /// failed.
    pub(crate) fn with_cache<T>(
        &self,
        config: &OpenConfig,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let cache = self.open(config)?;
        let outcome = catch_panic(|| part(&cache));
        // The rules `clear` and `close` report failures of these.
        let _ = catch_panic(|| cache.clear());
        let _ = catch_panic(|| cache.close());
        outcome
    }

    /// Opens a cache that the caller has to close.
    pub(crate) fn open(&self, config: &OpenConfig) -> Result<Cache<'e, S, E>, Failure> {
        Cache::open(config, self.executor)
    }
}
