//! Least recently used: when the cache is full, the entry whose last use lies furthest back goes.
//!
//! A good folder to copy (`make new-variant NAME=mine FROM=lru`): the comments say what an author
//! has to decide at each step.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_strategy::{
    Bound, Capacity, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Snapshot, Strategy,
    Value,
};
use foldhash::fast::FixedState;
use lru::LruCache;

/// Capacities up to this many entries have their table allocated when the cache is opened, so
/// that no replay pays for its growth; a larger table grows as it fills.
const PREALLOCATED_ENTRIES: usize = 1 << 24;

/// An exact LRU cache behind one lock.
///
/// Even a `get` changes the order, so a lock for many readers would not help.
#[derive(Debug)]
pub struct Lru {
    state: Mutex<State>,
}

/// What the lock guards.
#[derive(Debug)]
struct State {
    entries: LruCache<Key, Value, FixedState>,
    evictions: u64,
}

impl Lru {
    /// No operation here stops halfway, so a cache whose lock was poisoned by another thread's
    /// panic is still whole.
    #[inline]
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strategy for Lru {
    // What can go wrong in a request. Nothing can, here; a networked strategy has an enum.
    type Error = Infallible;

    // Every method answers with `ready(…)`. A strategy that awaits something says
    // `Mode::Async` and writes `async fn`.
    const MODE: Mode = Mode::Sync;

    // Every line is a promise, and the conformance kit (`bakeoff check`) tries each of them.
    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        shared: false,
        persistent: false,
        ttl: false,
        thread_safe: true,
        fresh: true,
        lossy: false,
        eviction_batch: None,
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(open(config))
    }

    // `#[inline]` matters: the replay loop lives in another crate, and a request costs less than
    // a call that the compiler cannot see through.
    // A `get` is short and its answer large: left as a call, it would be copied on its way back.
    #[inline(always)]
    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(self.state().entries.get(&key).cloned()))
    }

    #[inline]
    fn put(&self, key: Key, value: Value, _options: PutOptions) -> Ready<Result<(), Infallible>> {
        let mut state = self.state();
        // What was replaced or evicted outlives the guard, so that it is freed without the lock.
        let gone = state.entries.push(key, value);
        state.evictions += u64::from(gone.as_ref().is_some_and(|(other, _)| *other != key));
        drop(state);
        drop(gone);
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

    // Exact after `settle`. Where housekeeping is batched, override `settle` to finish it.
    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(self.state().entries.len() as u64))
    }

    // Optional: what the strategy knows about itself and nobody else can count.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Infallible>> + Send {
        let evictions = Some(self.state().evictions);
        ready(Ok(Snapshot { evictions, ..Snapshot::default() }))
    }
}

/// Opens the cache. Everything that the user may have got wrong is refused here.
fn open(config: &OpenConfig) -> Result<Lru, OpenError> {
    // This strategy has no options: a typo must not be measured as if it had been heeded. With
    // options: `reject_unknown(&["shards"])?`, then `config.options.get("shards", 8)?`.
    config.options.reject_unknown(&[])?;
    // The trial's seed makes the hasher, so that a trial repeats to the last instruction.
    let hasher = FixedState::with_seed(config.seed);
    let entries = match config.capacity {
        Capacity::Unbounded => LruCache::unbounded_with_hasher(hasher),
        Capacity::Entries(entries) => {
            let limit = usize::try_from(entries).ok().and_then(NonZeroUsize::new);
            bounded(limit.ok_or(OpenError::UnsupportedCapacity(config.capacity))?, hasher)
        }
        Capacity::Bytes(_) => return Err(OpenError::UnsupportedCapacity(config.capacity)),
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
