//! Opens the strategy under test for the rules, each time in a new namespace.

use std::cell::Cell;
use std::marker::PhantomData;

use super::cache::Cache;
use super::executor::Executor;
use super::failure::{Failure, catch_panic};
use crate::{Bound, Capacity, OpenConfig, Properties, Strategy};

/// Capacity in entries that no rule fills, except the rules about capacity.
const AMPLE_ENTRIES: u64 = 10_000;
/// Capacity in bytes that no rule fills: room for several values of 1 MiB.
const AMPLE_BYTES: u64 = 64 << 20;

/// Opener of the strategy under test.
pub(crate) struct Harness<'e, S, E> {
    configs: &'e dyn Fn(Capacity) -> OpenConfig,
    executor: &'e E,
    /// Seed of the rules that use random numbers.
    pub(crate) seed: u64,
    opened: Cell<u32>,
    properties: Properties,
    strategy: PhantomData<S>,
}

impl<'e, S: Strategy, E: Executor> Harness<'e, S, E> {
    pub(crate) fn new(
        configs: &'e dyn Fn(Capacity) -> OpenConfig,
        executor: &'e E,
        seed: u64,
    ) -> Self {
        let properties = S::properties(&configs(Capacity::Unbounded).options);
        Self { configs, executor, seed, opened: Cell::new(0), properties, strategy: PhantomData }
    }

    pub(crate) fn properties(&self) -> Properties {
        self.properties
    }

    /// Returns a capacity that a rule does not fill.
    pub(crate) fn ample_capacity(&self) -> Capacity {
        match self.properties.bound {
            Bound::None => Capacity::Unbounded,
            Bound::Bytes => Capacity::Bytes(AMPLE_BYTES),
            Bound::Entries | Bound::EntriesOrBytes | Bound::ServerMemory => {
                Capacity::Entries(AMPLE_ENTRIES)
            }
        }
    }

    /// Returns `sync`, or the smaller `asynchronous` for a strategy whose requests cross a network.
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

    /// Opens a cache and passes it to `part`. Then clears its namespace and closes it, even if
    /// `part` failed.
    pub(crate) fn with_cache<T>(
        &self,
        config: &OpenConfig,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let cache = self.open(config)?;
        let outcome = catch_panic(|| part(&cache));
        // Failures here are ignored, because the rules `clear` and `close` report them.
        let _ = catch_panic(|| cache.clear());
        let _ = catch_panic(|| cache.close());
        outcome
    }

    /// Opens a cache, which the caller must close.
    pub(crate) fn open(&self, config: &OpenConfig) -> Result<Cache<'e, S, E>, Failure> {
        Cache::open(config, self.executor)
    }
}
