//! A defect: one deviation from the correct strategy.

use std::fmt::Debug;
use std::sync::Arc;

use bakeoff_strategy::{Capacity, Key, OpenConfig, OpenError, PutOptions, Read, Value};

use crate::store::Store;

/// Error of a mutant that refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused on purpose")]
pub struct RefusedOperation;

/// Operations of a mutant; those that are not overridden are correct.
pub(crate) trait Defect: Debug + Send + Sync {
    /// Checks the options; `known` are the valid names.
    fn open(
        &mut self,
        config: &OpenConfig,
        known: &[&str],
        _store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        config.options.reject_unknown(known)
    }

    /// Returns the capacity of the store.
    fn capacity(&self, requested: Capacity) -> Capacity {
        requested
    }

    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(key)
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, options);
    }

    fn remove(&self, store: &Store, key: Key) {
        store.remove(key);
    }

    fn clear(&self, store: &Store) {
        store.clear();
    }

    fn len(&self, store: &Store) -> u64 {
        store.len()
    }

    fn evictions(&self, store: &Store) -> u64 {
        store.evictions()
    }

    fn close(&self) -> Result<(), RefusedOperation> {
        Ok(())
    }

    /// Returns the keys of a multi-get in the order in which they are looked up and answered.
    fn lookup_order(&self, keys: &[Key]) -> Vec<Key> {
        keys.to_vec()
    }

    /// Returns true if `snapshot` completes.
    fn snapshot_completes(&self) -> bool {
        true
    }

    /// Alters the answer to a read.
    fn alter_read(&self, _store: &Store, _key: Key, read: Read) -> Read {
        read
    }

    /// Alters the answers to a read of several keys.
    fn alter_reads(&self, reads: Vec<Read>) -> Vec<Read> {
        reads
    }

    /// Returns how often a missing value is loaded; at least once.
    fn loads_per_miss(&self) -> u32 {
        1
    }

    /// Returns true if a missing key may be loaded, false if the read is answered without a value.
    fn begins_load(&self, _key: Key) -> bool {
        true
    }

    fn ends_load(&self, _key: Key) {}

    /// Returns true if writes are queued until `settle` and dropped by `close`.
    fn queues_writes(&self) -> bool {
        false
    }

    /// Returns true if an error of the origin is answered as a missing row.
    fn hides_origin_errors(&self) -> bool {
        false
    }

    fn writes_reach_origin(&self) -> bool {
        true
    }

    fn writes_reach_cache(&self) -> bool {
        true
    }
}
