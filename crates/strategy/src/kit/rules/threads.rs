//! Many threads at once: every answer is of the key that was asked for and a version that
//! somebody had begun to put, and in the end the last word of some thread stands.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict, message};
use crate::kit::values::{Numbers, same, value};
use crate::{Bound, Capacity, Key, Strategy, Value};

/// More than the processors of a small machine, so that threads are also stopped halfway.
const THREADS: u64 = 4;
/// Keys that all threads share; those with an odd id are also removed now and then.
const KEYS: u64 = 16;
/// A capacity at which they push each other out.
const TIGHT: u64 = 6;
/// Calls that have to be seen while another thread's call was under way.
const OVERLAPS: u64 = 100;
/// How long the threads go on for that.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn overlap<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    if !examiner.properties().thread_safe {
        return Ok(String::from("not declared"));
    }
    let calls = u64::from(examiner.scaled(20_000, 300));
    let mut seen = vec![run(examiner, examiner.roomy(), calls)?];
    if matches!(examiner.properties().bound, Bound::Entries | Bound::EntriesOrBytes) {
        seen.push(run(examiner, Capacity::Entries(TIGHT), calls)?);
    }
    Ok(format!("{THREADS} threads on {KEYS} keys: {}", seen.join("; at a tight capacity ")))
}

/// What the threads share besides the cache.
struct Arena {
    start: Barrier,
    /// For each key and thread, how many puts it has begun.
    begun: Vec<AtomicU64>,
    inside: AtomicU64,
    calls: AtomicU64,
    overlaps: AtomicU64,
}

impl Arena {
    fn new() -> Self {
        Self {
            start: Barrier::new(THREADS as usize),
            begun: (0..KEYS * THREADS).map(|_| AtomicU64::new(0)).collect(),
            inside: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            overlaps: AtomicU64::new(0),
        }
    }

    fn begun(&self, id: u64, thread: u64) -> &AtomicU64 {
        &self.begun[(id * THREADS + thread) as usize]
    }

    /// Makes a call, and notes whether another thread was inside one.
    fn call<T>(&self, call: impl FnOnce() -> T) -> T {
        let others = self.inside.fetch_add(1, Relaxed);
        let outcome = call();
        self.inside.fetch_sub(1, Relaxed);
        self.calls.fetch_add(1, Relaxed);
        self.overlaps.fetch_add(u64::from(others > 0), Relaxed);
        outcome
    }

    /// Holds an answer against what the threads have begun to put.
    fn judge(&self, id: u64, answer: &Value) -> Result<(), Failure> {
        let (put, thread) = (answer.version / THREADS, answer.version % THREADS);
        let begun = self.begun(id, thread).load(Relaxed);
        ensure!(
            answer.key != Key::from_id(id) || (1..=begun).contains(&put),
            "key {}: thread {thread} had begun {begun} puts, and its put {put} was answered",
            answer.key.0
        );
        same(answer, &put_value(id, answer.version))
    }
}

/// Versions tell who put them: `put · THREADS + thread`, puts counted from 1.
fn put_value(id: u64, version: u64) -> Value {
    value(Key::from_id(id), version, (version % 50) as usize)
}

fn run<S: Strategy, E: Executor>(
    examiner: &Examiner<'_, S, E>,
    capacity: Capacity,
    calls: u64,
) -> Verdict {
    examiner.with_capacity(capacity, |cache| {
        let arena = Arena::new();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (arena, seed) = (&arena, examiner.seed);
                    scope.spawn(move || work(cache, arena, thread, seed, calls))
                })
                .collect();
            // All are joined before the first failure is returned.
            let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            outcomes.into_iter().try_for_each(|outcome| {
                outcome.unwrap_or_else(|payload| {
                    Err(Failure(format!("a thread panicked: {}", message(&*payload))))
                })
            })
        })?;
        let (calls, overlaps) = (arena.calls.load(Relaxed), arena.overlaps.load(Relaxed));
        ensure!(
            overlaps > 0,
            "no two of {calls} calls by {THREADS} threads were under way at once within \
             {PATIENCE:?}, so nothing was tried; try again when the machine is less busy"
        );
        last_words(cache, &arena, capacity)?;
        Ok(format!("{calls} calls, {overlaps} of them while another was under way"))
    })
}

/// What one thread does.
fn work<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    arena: &Arena,
    thread: u64,
    seed: u64,
    calls: u64,
) -> Result<(), Failure> {
    let mut numbers = Numbers(seed ^ (thread + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    arena.start.wait();
    let begun = Instant::now();
    for call in 0.. {
        let enough = arena.overlaps.load(Relaxed) >= OVERLAPS || begun.elapsed() > PATIENCE;
        if call >= calls && enough {
            break;
        }
        let id = numbers.below(KEYS);
        match numbers.below(20) {
            0 if !id.is_multiple_of(2) => arena.call(|| cache.remove(Key::from_id(id)))?,
            0..8 => {
                let put = arena.begun(id, thread).fetch_add(1, Relaxed) + 1;
                let value = put_value(id, put * THREADS + thread);
                arena.call(|| cache.put(&value))?;
            }
            _ => {
                if let Some(answer) = arena.call(|| cache.get(Key::from_id(id)))? {
                    arena.judge(id, &answer)?;
                }
            }
        }
    }
    Ok(())
}

/// When all is quiet, each key holds the last put of one of the threads: an earlier one would be
/// a lost update. Removed keys may be gone, and so may others where the cache is full or lossy.
fn last_words<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    arena: &Arena,
    capacity: Capacity,
) -> Result<(), Failure> {
    let held = cache.settled_len()?;
    let limit = capacity.entries().unwrap_or(u64::MAX);
    ensure!(held <= limit, "{held} entries are held at a capacity of {limit} entries");
    for id in 0..KEYS {
        let Some(answer) = cache.get(Key::from_id(id))? else {
            let may_be_gone = S::PROPERTIES.lossy || !id.is_multiple_of(2) || limit < KEYS;
            ensure!(may_be_gone, "key {} was put and is gone", Key::from_id(id).0);
            continue;
        };
        arena.judge(id, &answer)?;
        let (put, thread) = (answer.version / THREADS, answer.version % THREADS);
        let last = arena.begun(id, thread).load(Relaxed);
        ensure!(
            put == last,
            "key {}: put {put} of thread {thread} stands, although its last one was {last}",
            answer.key.0
        );
    }
    Ok(())
}
