//! Exact LRU: a full cache evicts the least recently used entry.
//!
//! Copy this folder to start a new strategy (`make new-variant NAME=mine FROM=lru`). Its comments
//! explain what an author decides at each step.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Capacity, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions,
    Snapshot, Strategy, Value,
};
use foldhash::fast::FixedState;
use lru::LruCache;

/// Largest capacity for which `open` allocates the table, so that replays do not measure its
/// growth.
const PREALLOCATED_ENTRIES: usize = 1 << 24;

/// Exact LRU cache behind one lock.
///
/// A `get` changes the order of entries, so a reader-writer lock would not help.
#[derive(Debug)]
pub struct Lru {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    entries: LruCache<Key, Value, FixedState>,
    evictions: u64,
}

impl Lru {
    /// Locks the cache. Ignores poisoning: no operation leaves the cache inconsistent.
    #[inline]
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Lru {
    // Requests cannot fail. A networked strategy has an enum here.
    type Error = Infallible;

    // Every method returns `ready(…)`. A strategy that awaits declares `ExecutionMode::Async` and
    // writes `async fn`.
    const MODE: ExecutionMode = ExecutionMode::Sync;

    // The conformance kit (`bakeoff check`) tests each property.
    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, evicts: Eviction::Lru, ..Properties::LOCAL };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    // `#[inline]` matters, because the replay loop is in another crate and a request takes only
    // nanoseconds. `always`, because the call would otherwise copy its large result.
    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.state().entries.get(&key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _options: PutOptions) -> Ready<Result<(), Infallible>> {
        let mut state = self.state();
        // The replaced or evicted value is dropped after the lock is released.
        let replaced_or_evicted = state.entries.push(key, value);
        let is_eviction = replaced_or_evicted.as_ref().is_some_and(|(other, _)| *other != key);
        state.evictions += u64::from(is_eviction);
        drop(state);
        drop(replaced_or_evicted);
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
        let _old = self.state().entries.pop(&key);
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        self.state().entries.clear();
        ready(Ok(()))
    }

    // Must be exact after `settle`. A strategy with batched housekeeping overrides `settle`.
    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.state().entries.len() as u64))
    }

    // Optional: statistics that only the strategy can count.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Infallible>> + Send {
        let evictions = Some(self.state().evictions);
        ready(Ok(Snapshot { evictions, ..Snapshot::default() }))
    }
}

/// Opens the cache and rejects invalid options and capacities.
fn open(config: &OpenConfig) -> Result<Lru, OpenError> {
    // This strategy has no options. One with options would call `reject_unknown(&["shards"])?` and
    // then `config.options.get("shards", 8)?`.
    config.options.reject_unknown(&[])?;
    // Seeded, so that a trial repeats exactly.
    let hasher = FixedState::with_seed(config.seed);
    let entries = match config.capacity {
        Capacity::Unbounded => LruCache::unbounded_with_hasher(hasher),
        // Fails for a capacity in bytes.
        _ => bounded(config.max_entries()?, hasher),
    };
    Ok(Lru { state: Mutex::new(State { entries, evictions: 0 }) })
}

fn bounded(limit: NonZeroUsize, hasher: FixedState) -> LruCache<Key, Value, FixedState> {
    if limit.get() <= PREALLOCATED_ENTRIES {
        return LruCache::with_hasher(limit, hasher);
    }
    let mut entries = LruCache::unbounded_with_hasher(hasher);
    entries.resize(limit);
    entries
}
