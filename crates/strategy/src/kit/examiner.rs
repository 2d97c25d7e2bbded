//! What every rule is given: a way to open the strategy that leaves nothing behind.

use std::cell::Cell;
use std::marker::PhantomData;

use super::cache::Cache;
use super::executor::Executor;
use super::failure::{Failure, caught};
use crate::{Bound, Capacity, OpenConfig, Properties, Strategy};

/// Entries in a cache that no rule but those about capacity fills.
const ROOMY_ENTRIES: u64 = 10_000;
/// The same in bytes: room for several values of 1 MiB.
const ROOMY_BYTES: u64 = 64 << 20;

/// Opens the strategy for the rules.
pub(crate) struct Examiner<'e, S, E> {
    configs: &'e dyn Fn(Capacity) -> OpenConfig,
    executor: &'e E,
    /// Seed of whatever a rule does at random.
    pub(crate) seed: u64,
    opened: Cell<u32>,
    strategy: PhantomData<S>,
}

impl<'e, S: Strategy, E: Executor> Examiner<'e, S, E> {
    pub(crate) fn new(
        configs: &'e dyn Fn(Capacity) -> OpenConfig,
        executor: &'e E,
        seed: u64,
    ) -> Self {
        Self { configs, executor, seed, opened: Cell::new(0), strategy: PhantomData }
    }

    /// What the strategy declares.
    pub(crate) fn properties(&self) -> Properties {
        S::PROPERTIES
    }

    /// A capacity that a rule does not exhaust.
    pub(crate) fn roomy(&self) -> Capacity {
        match S::PROPERTIES.bound {
            Bound::None => Capacity::Unbounded,
            Bound::Bytes => Capacity::Bytes(ROOMY_BYTES),
            Bound::Entries | Bound::EntriesOrBytes | Bound::ServerMemory => {
                Capacity::Entries(ROOMY_ENTRIES)
            }
        }
    }

    /// Fewer steps where each of them crosses a network.
    pub(crate) fn scaled(&self, immediate: u32, awaited: u32) -> u32 {
        if S::MODE.is_immediate() { immediate } else { awaited }
    }

    /// A configuration with a namespace that no other one of this examination has.
    pub(crate) fn config(&self, capacity: Capacity) -> OpenConfig {
        self.opened.set(self.opened.get() + 1);
        let mut config = (self.configs)(capacity);
        // All of one width: none is the beginning of another.
        config.namespace = format!("{}-kit{:06}", config.namespace, self.opened.get());
        config
    }

    /// Opens a roomy cache, hands it to `part`, and tidies up after it.
    pub(crate) fn with_roomy<T>(
        &self,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with(&self.config(self.roomy()), part)
    }

    /// Opens a cache of the given capacity, hands it to `part`, and tidies up after it.
    pub(crate) fn with_capacity<T>(
        &self,
        capacity: Capacity,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with(&self.config(capacity), part)
    }

    /// Opens a cache, hands it to `part`, then clears its namespace and closes it, whatever
    /// became of `part`.
    pub(crate) fn with<T>(
        &self,
        config: &OpenConfig,
        part: impl FnOnce(&Cache<'e, S, E>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let cache = Cache::<S, E>::open(config, self.executor)?;
        let outcome = caught(|| part(&cache));
        // What goes wrong here is the finding of the rules for `clear` and `close`.
        let _ = caught(|| cache.clear());
        let _ = caught(|| cache.close());
        outcome
    }

    /// Tries to open a cache and says what came of it.
    pub(crate) fn try_open(&self, config: &OpenConfig) -> Result<Cache<'e, S, E>, Failure> {
        Cache::open(config, self.executor)
    }
}
