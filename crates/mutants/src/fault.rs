//! A fault: one deviation from a sound strategy.

use std::fmt::Debug;
use std::sync::Arc;

use bakeoff_strategy::{Capacity, Key, OpenConfig, OpenError, PutOptions, Read, Value};

use crate::store::Store;

/// What a broken strategy says when it refuses to do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused on purpose")]
pub struct Refused;

/// One deviation; every function that is not overridden is sound.
pub trait Fault: Debug + Send + Sync {
    /// The rule that has to catch it.
    fn rule(&self) -> &'static str;

    /// Other rules that may see it as well, `model` and `model-when-full` apart, which may see
    /// any.
    fn also(&self) -> &'static [&'static str] {
        &[]
    }

    /// Looks at what the strategy is opened with; `known` are the options that there are.
    ///
    /// # Errors
    /// What `open` is to fail with.
    fn open(
        &mut self,
        config: &OpenConfig,
        known: &[&str],
        _store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        config.options.only(known)
    }

    /// The capacity that is really kept.
    fn capacity(&self, asked: Capacity) -> Capacity {
        asked
    }

    /// What is answered to a get.
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(key)
    }

    /// What is done at a put.
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, options);
    }

    /// What is done at a removal.
    fn remove(&self, store: &Store, key: Key) {
        store.remove(key);
    }

    /// What is done at a clear.
    fn clear(&self, store: &Store) {
        store.clear();
    }

    /// The entries that are said to be held.
    fn len(&self, store: &Store) -> u64 {
        store.len()
    }

    /// The evictions that are told.
    fn evictions(&self, store: &Store) -> u64 {
        store.evictions()
    }

    /// The keys that a get of many asks for, in its order.
    fn many(&self, keys: &[Key]) -> Vec<Key> {
        keys.to_vec()
    }

    /// What is done at the end.
    ///
    /// # Errors
    /// Where the fault is to refuse.
    fn close(&self) -> Result<(), Refused> {
        Ok(())
    }

    /// Whether `snapshot` pends although the strategy is declared immediate.
    fn pends(&self) -> bool {
        false
    }

    /// What becomes of the answer to a read.
    fn answer(&self, _store: &Store, _key: Key, read: Read) -> Read {
        read
    }

    /// What becomes of the answers to a read of several keys.
    fn together(&self, reads: Vec<Read>) -> Vec<Read> {
        reads
    }

    /// How often a missing value is loaded; at least once.
    fn loads(&self) -> u32 {
        1
    }

    /// Whether a failing origin is taken for one without such a row.
    fn hides_failures(&self) -> bool {
        false
    }

    /// Whether a write reaches the origin.
    fn commits(&self) -> bool {
        true
    }

    /// Whether a write reaches the cache.
    fn caches(&self) -> bool {
        true
    }
}
