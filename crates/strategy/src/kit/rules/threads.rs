//! Rule about concurrent calls: they return only values put for the requested key, and no update is
//! lost.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use crate::kit::cache::Cache;
use crate::kit::concurrent_calls::{ConcurrentCalls, MAX_TIME, join_all};
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::{SplitMix64, check_equal, value};
use crate::{Bound, Capacity, Key, Strategy, Value};

/// Number of threads, more than the cores of a small machine, so that threads are also preempted
/// within a call.
const THREADS: u64 = 4;
/// Number of keys that all threads share. Keys with an odd id are also removed.
const KEYS: u64 = 16;
/// Capacity in entries that is too small for all keys.
const SMALL_CAPACITY: u64 = 6;

pub(super) fn concurrent_calls<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    if !harness.properties().thread_safe {
        return Ok(String::from("not applicable: `thread_safe` is not declared"));
    }
    let calls = u64::from(harness.steps(20_000, 300));
    let mut observed = vec![run(harness, harness.ample_capacity(), calls)?];
    if matches!(harness.properties().bound, Bound::Entries | Bound::EntriesOrBytes) {
        observed.push(run(harness, Capacity::Entries(SMALL_CAPACITY), calls)?);
    }
    Ok(format!("{THREADS} threads on {KEYS} keys: {}", observed.join("; when full: ")))
}

/// State that the threads share, besides the cache.
struct SharedState {
    start: Barrier,
    /// Number of puts that each thread has started, by key and thread.
    started: Vec<AtomicU64>,
    calls: ConcurrentCalls,
}

impl SharedState {
    fn new() -> Self {
        Self {
            start: Barrier::new(THREADS as usize),
            started: (0..KEYS * THREADS).map(|_| AtomicU64::new(0)).collect(),
            calls: ConcurrentCalls::default(),
        }
    }

    fn started(&self, id: u64, thread: u64) -> &AtomicU64 {
        &self.started[(id * THREADS + thread) as usize]
    }

    /// Checks an answer against the puts that the threads have started.
    fn check_answer(&self, id: u64, answer: &Value) -> Result<(), Failure> {
        let (put, thread) = (answer.version / THREADS, answer.version % THREADS);
        let started = self.started(id, thread).load(Relaxed);
        ensure!(
            answer.key != Key::from_id(id) || (1..=started).contains(&put),
            "key {}: get returned put {put} of thread {thread}, which had started {started} puts; \
             return only values that were put",
            answer.key.0
        );
        check_equal(answer, &put_value(id, answer.version))
    }
}

/// Returns the value that a thread puts. Its version is `put · THREADS + thread`, with puts counted
/// from 1.
fn put_value(id: u64, version: u64) -> Value {
    value(Key::from_id(id), version, (version % 50) as usize)
}

fn run<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
    capacity: Capacity,
    calls: u64,
) -> RuleResult {
    harness.with_capacity(capacity, |cache| {
        let shared = SharedState::new();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (shared, seed) = (&shared, harness.seed);
                    scope.spawn(move || work(cache, shared, thread, seed, calls))
                })
                .collect();
            join_all(threads)
        })?;
        let (calls, overlaps) = (shared.calls.calls(), shared.calls.overlaps());
        ensure!(
            overlaps > 0,
            "cannot test concurrency: none of {calls} calls by {THREADS} threads overlapped within \
             {MAX_TIME:?}; run the check on a less busy machine"
        );
        check_final_values(cache, &shared, capacity)?;
        Ok(format!("{calls} calls, {overlaps} of them overlapping"))
    })
}

/// Makes random calls in one thread.
fn work<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    shared: &SharedState,
    thread: u64,
    seed: u64,
    calls: u64,
) -> Result<(), Failure> {
    let mut numbers = SplitMix64(seed ^ (thread + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    shared.start.wait();
    let start = Instant::now();
    for call in 0.. {
        if call >= calls && shared.calls.are_enough(start) {
            break;
        }
        let id = numbers.below(KEYS);
        match numbers.below(20) {
            0 if !id.is_multiple_of(2) => shared.calls.call(|| cache.remove(Key::from_id(id)))?,
            0..8 => {
                let put = shared.started(id, thread).fetch_add(1, Relaxed) + 1;
                let value = put_value(id, put * THREADS + thread);
                shared.calls.call(|| cache.put(&value))?;
            }
            _ => {
                if let Some(answer) = shared.calls.call(|| cache.get(Key::from_id(id)))? {
                    shared.check_answer(id, &answer)?;
                }
            }
        }
    }
    Ok(())
}

/// Checks that each key holds the last put of one of the threads. An earlier put is a lost update.
///
/// Keys with an odd id may be missing, because they were also removed. Any key may be missing if
/// the cache is full or lossy.
fn check_final_values<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    shared: &SharedState,
    capacity: Capacity,
) -> Result<(), Failure> {
    let held = cache.settled_len()?;
    let limit = capacity.entries().unwrap_or(u64::MAX);
    let overshoot = cache.properties.capacity_overshoot;
    ensure!(
        held <= limit.saturating_add(overshoot),
        "len is {held} at a capacity of {limit} entries after concurrent calls (declared \
         overshoot: {overshoot}); evict at the latest in settle"
    );
    for id in 0..KEYS {
        let Some(answer) = cache.get(Key::from_id(id))? else {
            let may_be_missing = cache.properties.lossy || !id.is_multiple_of(2) || limit < KEYS;
            ensure!(
                may_be_missing,
                "key {} was put and never removed, but is missing after concurrent calls",
                Key::from_id(id).0
            );
            continue;
        };
        shared.check_answer(id, &answer)?;
        let (put, thread) = (answer.version / THREADS, answer.version % THREADS);
        let last = shared.started(id, thread).load(Relaxed);
        ensure!(
            put == last,
            "key {}: get returned put {put} of thread {thread}, whose last put was {last}: an \
             update was lost; replace values under a lock",
            answer.key.0
        );
    }
    Ok(())
}
