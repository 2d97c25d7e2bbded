//! Random requests against a plain map: whatever a cache answers was put, and neither removed,
//! cleared nor overwritten since; and what fits is there. A failure is shrunk to the smallest
//! sequence that still shows it.

mod expectation;
mod step;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::cache::Cache;
use super::examiner::Examiner;
use super::executor::Executor;
use super::failure::{Failure, Verdict};
use super::origin::Table;
use super::values::{Numbers, same, value};
use crate::{Bound, Capacity, Key, Source, Strategy, Value};
use expectation::{Expectation, Promises};
use step::{Step, step};

/// Few keys, so that requests meet.
const KEYS: u8 = 12;
/// Less than all the keys need.
const TIGHT_ENTRIES: u64 = 4;
/// The same in bytes; a body has up to 63.
const TIGHT_BYTES: u64 = 200;
/// Tries at finding a smaller failing sequence.
const SHRINKING: u32 = 2_000;

pub(super) fn roomy<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    against(examiner, examiner.roomy())
}

pub(super) fn full<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    let (entries, bytes) = (Capacity::Entries(TIGHT_ENTRIES), Capacity::Bytes(TIGHT_BYTES));
    match examiner.properties().bound {
        Bound::None => Ok(String::from("not declared: unbounded")),
        Bound::ServerMemory => Ok(String::from("not applicable here: the server's limit is set")),
        Bound::Entries => against(examiner, entries),
        Bound::Bytes => against(examiner, bytes),
        Bound::EntriesOrBytes => {
            Ok(format!("{}; {}", against(examiner, entries)?, against(examiner, bytes)?))
        }
    }
}

fn against<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>, capacity: Capacity) -> Verdict {
    let sequences = examiner.scaled(200, 20);
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        max_shrink_iters: SHRINKING,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng(examiner.seed));
    let outcome = runner.run(&vec(step(KEYS), 1..60), |steps| {
        examiner
            .with_capacity(capacity, |cache| replay(cache, &steps, capacity))
            .map_err(|failure| TestCaseError::fail(failure.0))
    });
    match outcome {
        Ok(()) => Ok(format!("{sequences} random sequences at capacity {capacity:?}")),
        Err(TestError::Fail(reason, steps)) => {
            Err(Failure(format!("{reason}; the smallest sequence that shows it: {steps:?}")))
        }
        Err(TestError::Abort(reason)) => Err(Failure(format!("given up: {reason}"))),
    }
}

fn rng(seed: u64) -> TestRng {
    let mut numbers = Numbers(seed);
    let bytes: Vec<u8> = (0..4).flat_map(|_| numbers.next().to_le_bytes()).collect();
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// The value of a key at a version; its length follows from both.
fn versioned(key: u8, version: u64) -> Value {
    let length = Numbers(version << 8 | u64::from(key)).below(64);
    value(Key::from_id(u64::from(key)), version, length as usize)
}

/// Applies a sequence to the cache and to the expectation side by side.
fn replay<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    steps: &[Step],
    capacity: Capacity,
) -> Result<(), Failure> {
    let table = cache.table();
    for key in 0..KEYS {
        table.commit(versioned(key, 0));
    }
    let promises = Promises { fresh: S::PROPERTIES.fresh, lossy: S::PROPERTIES.lossy, capacity };
    let mut replay =
        Replay { cache, table, expected: Expectation::new(promises), newest: BTreeMap::new() };
    for &step in steps {
        replay.apply(step)?;
    }
    for key in 0..KEYS {
        replay.apply(Step::Get(key))?;
    }
    let held = cache.settled_len()?;
    replay.expected.len(held)
}

struct Replay<'r, 'e, S, E> {
    cache: &'r Cache<'e, S, E>,
    table: Table,
    expected: Expectation,
    newest: BTreeMap<u8, u64>,
}

impl<S: Strategy, E: Executor> Replay<'_, '_, S, E> {
    fn apply(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Get(key) => {
                let answer = self.cache.get(Key::from_id(u64::from(key)))?;
                self.answered(key, answer)
            }
            Step::Put(key) => {
                let value = self.next_version(key);
                self.table.commit(value.clone());
                self.cache.put(&value)?;
                self.expected.put(key, value.version, self.cache.options(&value).weight);
                Ok(())
            }
            Step::Remove(key) => {
                self.cache.remove(Key::from_id(u64::from(key)))?;
                self.expected.remove(key);
                Ok(())
            }
            Step::Clear => {
                self.cache.clear()?;
                self.expected.clear();
                Ok(())
            }
            Step::Settle => {
                self.cache.settle()?;
                self.expected.settled();
                Ok(())
            }
            Step::Read(key) => self.read(key),
            Step::Write(key) => {
                let value = self.next_version(key);
                self.cache.write(&value, &self.table)?.map_err(Failure)?;
                self.expected.write(key, value.version, self.cache.options(&value).weight);
                Ok(())
            }
        }
    }

    fn next_version(&mut self, key: u8) -> Value {
        let newest = self.newest.entry(key).or_default();
        *newest += 1;
        versioned(key, *newest)
    }

    /// Holds an answer of the cache itself against what may be there.
    fn answered(&mut self, key: u8, answer: Option<Value>) -> Result<(), Failure> {
        let version = answer.as_ref().map(|value| value.version);
        if let Some(value) = answer {
            same(&value, &versioned(key, value.version))?;
        }
        self.expected.answered(key, version)
    }

    fn read(&mut self, key: u8) -> Result<(), Failure> {
        let wanted = Key::from_id(u64::from(key));
        let answer = self.cache.read(wanted, &self.table)?.map_err(Failure)?;
        match answer.source {
            Source::Loaded => {
                let newest = versioned(key, self.newest.get(&key).copied().unwrap_or(0));
                ensure!(answer.value.is_some(), "key {} was loaded, and not answered", wanted.0);
                same(&answer.value.unwrap_or_else(|| newest.clone()), &newest)?;
                // It was loaded because it was not there; now it is.
                self.expected.answered(key, None)?;
                self.expected.put(key, newest.version, self.cache.options(&newest).weight);
                Ok(())
            }
            Source::Hit { .. } => self.answered(key, answer.value),
            source => Err(Failure(format!(
                "the origin has key {} and nobody else reads it, and a read says {source:?}",
                wanted.0
            ))),
        }
    }
}
