//! Rule about concurrent readers of cached keys: they never miss while nothing is evicted.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use crate::kit::cache::Cache;
use crate::kit::concurrent_calls::{ConcurrentCalls, join_all};
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::{check_equal, value};
use crate::{Key, Strategy, Value};

/// Number of threads, more than the cores of a small machine, so that threads are also preempted
/// within a call.
const THREADS: usize = 4;
/// Number of keys, few so that calls meet in the same entry.
const KEYS: u64 = 4;

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
        let reads = Reads { cache, held: &found, calls: ConcurrentCalls::default(), min: calls };
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            let (reads, start) = (&reads, &start);
            let threads: Vec<_> =
                (0..THREADS).map(|first| scope.spawn(move || reads.run(start, first))).collect();
            join_all(threads)
        })?;
        Ok(format!(
            "{THREADS} threads read {} cached keys without a miss, {} reads overlapping",
            found.len(),
            reads.calls.overlaps()
        ))
    })
}

/// Reads of cached keys by several threads.
struct Reads<'r, 'e, S, E> {
    cache: &'r Cache<'e, S, E>,
    held: &'r [Value],
    calls: ConcurrentCalls,
    /// Minimum number of reads per thread.
    min: u64,
}

impl<S: Strategy, E: Executor> Reads<'_, '_, S, E> {
    fn run(&self, start: &Barrier, first: usize) -> Result<(), Failure> {
        start.wait();
        let begun = Instant::now();
        for (call, put) in (0_u64..).zip(self.held.iter().cycle().skip(first)) {
            if call >= self.min && self.calls.are_enough(begun) {
                break;
            }
            let Some(answer) = self.calls.call(|| self.cache.get(put.key))? else {
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
