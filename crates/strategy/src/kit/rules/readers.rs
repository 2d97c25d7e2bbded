//! Rule about concurrent readers of cached keys: they never miss while nothing is evicted.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult, panic_message};
use crate::kit::harness::Harness;
use crate::kit::values::{check_equal, value};
use crate::{Key, Strategy, Value};

/// Number of threads, more than the cores of a small machine, so that threads are also preempted
/// within a call.
const THREADS: usize = 4;
/// Number of keys, few so that calls meet in the same entry.
const KEYS: u64 = 4;
/// Number of calls that must overlap with a call of another thread before the threads stop.
const MIN_OVERLAPS: u64 = 100;
/// Time after which the threads stop even if too few calls overlapped.
const MAX_TIME: Duration = Duration::from_secs(5);

pub(super) fn never_miss<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    if !harness.properties().thread_safe {
        return Ok(String::from("not applicable: `thread_safe` is not declared"));
    }
    let calls = u64::from(harness.steps(20_000, 300));
    harness.with_ample_cache(|cache| {
        let mut held = Vec::new();
        for id in 0..KEYS {
            let put = value(Key::from_id(id), 1, 30);
            cache.put(&put)?;
            held.push(put);
        }
        cache.settle()?;
        // A lossy cache may have dropped some of them.
        let mut found = Vec::new();
        for put in held {
            if cache.check_held(&put)? {
                found.push(put);
            }
        }
        let (running, overlaps) = (AtomicU64::new(0), AtomicU64::new(0));
        let reads = Reads { cache, held: &found, running: &running, overlaps: &overlaps, calls };
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            let (reads, start) = (&reads, &start);
            let threads: Vec<_> =
                (0..THREADS).map(|first| scope.spawn(move || reads.run(start, first))).collect();
            // Join all threads before returning the first failure.
            let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            outcomes.into_iter().try_for_each(|outcome| {
                outcome.unwrap_or_else(|payload| {
                    Err(Failure(format!("a thread panicked: {}", panic_message(&*payload))))
                })
            })
        })?;
        Ok(format!(
            "{THREADS} threads read {} cached keys without a miss, {} reads overlapping",
            found.len(),
            overlaps.load(Relaxed)
        ))
    })
}

/// Reads of cached keys by several threads.
struct Reads<'r, 'e, S, E> {
    cache: &'r Cache<'e, S, E>,
    held: &'r [Value],
    running: &'r AtomicU64,
    overlaps: &'r AtomicU64,
    /// Number of reads per thread.
    calls: u64,
}

impl<S: Strategy, E: Executor> Reads<'_, '_, S, E> {
    fn run(&self, start: &Barrier, first: usize) -> Result<(), Failure> {
        start.wait();
        let begun = Instant::now();
        for (call, put) in (0_u64..).zip(self.held.iter().cycle().skip(first)) {
            let enough = self.overlaps.load(Relaxed) >= MIN_OVERLAPS || begun.elapsed() > MAX_TIME;
            if call >= self.calls && enough {
                break;
            }
            let others = self.running.fetch_add(1, Relaxed);
            let answer = self.cache.get(put.key);
            self.running.fetch_sub(1, Relaxed);
            self.overlaps.fetch_add(u64::from(others > 0), Relaxed);
            let Some(answer) = answer? else {
                return Err(Failure(format!(
                    "read {call} of key {} missed while other threads read, although the key is \
                     cached and nothing was written; wait for a lock instead of missing",
                    put.key.0
                )));
            };
            check_equal(&answer, put)?;
        }
        Ok(())
    }
}
