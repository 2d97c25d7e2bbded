//! Rules that replay random requests and compare the answers with a model of the cache.
//!
//! A failing sequence is shrunk to the smallest one that still fails.

mod cache_model;
mod step;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::cache::Cache;
use super::executor::Executor;
use super::failure::{Failure, RuleResult};
use super::harness::Harness;
use super::test_origin::Table;
use super::values::{SplitMix64, check_equal, value};
use crate::{Bound, Capacity, Key, Properties, Source, Strategy, Value};
use cache_model::{CacheModel, DeclaredProperties};
use step::{Step, step};

/// Number of keys, small so that many requests have the same key.
const KEYS: u8 = 12;
/// Capacity in entries that is too small for all keys.
const SMALL_ENTRIES: u64 = 4;
/// Capacity in bytes that is too small for all keys, whose bodies have up to 63 bytes.
const SMALL_BYTES: u64 = 200;
/// Maximum number of attempts to find a smaller failing sequence.
const MAX_SHRINK_STEPS: u32 = 2_000;

pub(super) fn ample<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    check_sequences(harness, harness.ample_capacity())
}

pub(super) fn full<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    let (entries, bytes) = (Capacity::Entries(SMALL_ENTRIES), Capacity::Bytes(SMALL_BYTES));
    match harness.properties().bound {
        Bound::None => Ok(String::from("not applicable: declared unbounded")),
        Bound::ServerMemory => {
            Ok(String::from("not applicable: the driver sets the server's limit"))
        }
        Bound::Entries => check_sequences(harness, entries),
        Bound::Bytes => check_sequences(harness, bytes),
        Bound::EntriesOrBytes => {
            let entries = check_sequences(harness, entries)?;
            Ok(format!("{entries}; {}", check_sequences(harness, bytes)?))
        }
    }
}

/// Replays random sequences at the given capacity.
fn check_sequences<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
    capacity: Capacity,
) -> RuleResult {
    let sequences = harness.steps(200, 20);
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        max_shrink_iters: MAX_SHRINK_STEPS,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng(harness.seed));
    let outcome = runner.run(&vec(step(KEYS), 1..60), |steps| {
        harness
            .with_capacity(capacity, |cache| replay(cache, &steps, capacity))
            .map_err(|failure| TestCaseError::fail(failure.0))
    });
    match outcome {
        Ok(()) => Ok(format!("{sequences} random sequences at capacity {capacity:?}")),
        Err(TestError::Fail(reason, steps)) => {
            Err(Failure(format!("{reason}; smallest failing sequence: {steps:?}")))
        }
        Err(TestError::Abort(reason)) => {
            Err(Failure(format!("cannot generate sequences: {reason}")))
        }
    }
}

fn rng(seed: u64) -> TestRng {
    let mut numbers = SplitMix64(seed);
    let bytes: Vec<u8> = (0..4).flat_map(|_| numbers.next().to_le_bytes()).collect();
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Returns the value of a key at a version. Key and version determine its length.
fn versioned(key: u8, version: u64) -> Value {
    let length = SplitMix64(version << 8 | u64::from(key)).below(64);
    value(Key::from_id(u64::from(key)), version, length as usize)
}

/// Applies a sequence to the cache and to the model.
fn replay<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    steps: &[Step],
    capacity: Capacity,
) -> Result<(), Failure> {
    let table = cache.new_table();
    for key in 0..KEYS {
        table.commit(versioned(key, 0));
    }
    let Properties { fresh, lossy, capacity_overshoot: overshoot, .. } = cache.properties;
    let declared = DeclaredProperties { fresh, lossy, capacity, overshoot };
    let mut replay =
        Replay { cache, table, model: CacheModel::new(declared), latest: BTreeMap::new() };
    for &step in steps {
        replay.apply(step)?;
    }
    for key in 0..KEYS {
        replay.apply(Step::Get(key))?;
    }
    let len = cache.settled_len()?;
    replay.model.check_len(len)
}

struct Replay<'r, 'e, S, E> {
    cache: &'r Cache<'e, S, E>,
    table: Table,
    model: CacheModel,
    /// Latest version of each key in the origin; a key that is not in the map has version 0.
    latest: BTreeMap<u8, u64>,
}

impl<S: Strategy, E: Executor> Replay<'_, '_, S, E> {
    fn apply(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Get(key) => {
                let answer = self.cache.get(Key::from_id(u64::from(key)))?;
                self.check_cached(key, answer)
            }
            Step::Put(key) => {
                let value = self.next_version(key);
                self.table.commit(value.clone());
                self.cache.put(&value)?;
                self.model.put(key, value.version, self.cache.options(&value).weight);
                Ok(())
            }
            Step::Remove(key) => {
                self.cache.remove(Key::from_id(u64::from(key)))?;
                self.model.remove(key);
                Ok(())
            }
            Step::Clear => {
                self.cache.clear()?;
                self.model.clear();
                Ok(())
            }
            Step::Settle => {
                self.cache.settle()?;
                self.model.settle();
                Ok(())
            }
            Step::Read(key) => self.read(key),
            Step::Write(key) => {
                let value = self.next_version(key);
                self.cache.write(&value, &self.table)?.map_err(Failure)?;
                self.model.write(key, value.version, self.cache.options(&value).weight);
                Ok(())
            }
        }
    }

    fn next_version(&mut self, key: u8) -> Value {
        let latest = self.latest.entry(key).or_default();
        *latest += 1;
        versioned(key, *latest)
    }

    /// Checks an answer that came from the cache.
    fn check_cached(&mut self, key: u8, answer: Option<Value>) -> Result<(), Failure> {
        let version = answer.as_ref().map(|value| value.version);
        if let Some(value) = answer {
            check_equal(&value, &versioned(key, value.version))?;
        }
        self.model.check_answer(key, version)
    }

    fn read(&mut self, key: u8) -> Result<(), Failure> {
        let cache_key = Key::from_id(u64::from(key));
        let answer = self.cache.read(cache_key, &self.table)?.map_err(Failure)?;
        match answer.source {
            Source::Loaded => {
                let latest = versioned(key, self.latest.get(&key).copied().unwrap_or(0));
                let Some(value) = answer.value else {
                    return Err(Failure(format!(
                        "a read of key {} reports Loaded, but returned no value",
                        cache_key.0
                    )));
                };
                check_equal(&value, &latest)?;
                // The key was not cached before the load and is cached now.
                self.model.check_answer(key, None)?;
                self.model.put(key, latest.version, self.cache.options(&latest).weight);
                Ok(())
            }
            Source::Hit { .. } => self.check_cached(key, answer.value),
            source => Err(Failure(format!(
                "the origin has key {} and there is one reader, but the read reports {source:?}, \
                 expected Loaded or Hit",
                cache_key.0
            ))),
        }
    }
}
