//! Behavior of each planted defect.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bakeoff_strategy::{Capacity, Key, OpenConfig, OpenError, PutOptions, Read, Source, Value};

use crate::catalogue::{
    AcceptsUnknownOptions, AnswersOneOfTwoReads, ClearsOtherNamespaces, CloseFails, Correct,
    CountsOverwrites, CountsRemovalsAsEvictions, DropsOnePut, DropsQueuedWrites, EvictsByRecency,
    ExceedsCapacity, Hangs, HidesOriginErrors, IgnoresClear, IgnoresOverwrites, IgnoresRemove,
    IgnoresTtl, IgnoresWeights, LeaksEvicted, LeaksRemoved, LeaksReplaced, LoadsTwice,
    MissesUnderReaders, NeverCompletes, OpensNonEmpty, Panics, RacesOnAnswers, ReordersHits,
    ReportsHits, RestoresEvicted, ReturnsNextKey, ReturnsPreviousKey, RoundsCapacityUp,
    SkipsOneRemoval, SortsKeys, TruncatesBodies, TruncatesKeys, WritesOnlyCache, WritesOnlyOrigin,
};
use crate::defect::{Defect, RefusedOperation};
use crate::store::Store;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Defect for Correct {}

impl Defect for AcceptsUnknownOptions {
    fn open(
        &mut self,
        _config: &OpenConfig,
        _known: &[&str],
        _store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        Ok(())
    }
}

impl Defect for AnswersOneOfTwoReads {
    fn begins_load(&self, key: Key) -> bool {
        let mut loading = lock(&self.loading);
        let is_first = !loading.contains(&key);
        loading.push(key);
        is_first
    }

    fn ends_load(&self, key: Key) {
        lock(&self.loading).retain(|other| *other != key);
    }
}

/// Stores opened in this process, with their namespaces. They simulate a shared server.
static STORES: Mutex<Vec<(String, Weak<Store>)>> = Mutex::new(Vec::new());

impl Defect for ClearsOtherNamespaces {
    fn open(
        &mut self,
        config: &OpenConfig,
        known: &[&str],
        store: &Arc<Store>,
    ) -> Result<(), OpenError> {
        config.options.reject_unknown(known)?;
        self.namespace.clone_from(&config.namespace);
        lock(&STORES).push((self.namespace.clone(), Arc::downgrade(store)));
        Ok(())
    }

    fn clear(&self, _store: &Store) {
        let mut stores = lock(&STORES);
        stores.retain(|(_, store)| store.strong_count() > 0);
        for (_, store) in stores.iter().filter(|(name, _)| name.starts_with(&self.namespace)) {
            if let Some(store) = store.upgrade() {
                store.clear();
            }
        }
    }
}

impl Defect for CloseFails {
    fn close(&self) -> Result<(), RefusedOperation> {
        Err(RefusedOperation)
    }
}

impl Defect for CountsOverwrites {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        self.overwrites.fetch_add(u64::from(store.get(key).is_some()), Relaxed);
        store.put(key, value, options);
    }

    fn clear(&self, store: &Store) {
        self.overwrites.store(0, Relaxed);
        store.clear();
    }

    fn len(&self, store: &Store) -> u64 {
        store.len() + self.overwrites.load(Relaxed)
    }
}

impl Defect for CountsRemovalsAsEvictions {
    fn remove(&self, store: &Store, key: Key) {
        self.removals.fetch_add(u64::from(store.remove(key).is_some()), Relaxed);
    }

    fn evictions(&self, store: &Store) -> u64 {
        store.evictions() + self.removals.load(Relaxed)
    }
}

impl Defect for DropsOnePut {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if self.puts.fetch_add(1, Relaxed) != 700 {
            store.put(key, value, options);
        }
    }
}

impl Defect for DropsQueuedWrites {
    fn queues_writes(&self) -> bool {
        true
    }
}

impl Defect for EvictsByRecency {
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.touch(key);
        store.get(key)
    }
}

impl Defect for ExceedsCapacity {
    fn capacity(&self, requested: Capacity) -> Capacity {
        match requested {
            Capacity::Entries(entries) => Capacity::Entries(entries + 1),
            other => other,
        }
    }
}

impl Defect for Hangs {
    fn get(&self, _store: &Store, _key: Key) -> Option<Value> {
        loop {
            std::thread::park();
        }
    }
}

impl Defect for HidesOriginErrors {
    fn hides_origin_errors(&self) -> bool {
        true
    }
}

impl Defect for IgnoresClear {
    fn clear(&self, _store: &Store) {}
}

impl Defect for IgnoresOverwrites {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if store.get(key).is_none() {
            store.put(key, value, options);
        }
    }
}

impl Defect for IgnoresRemove {
    fn remove(&self, _store: &Store, _key: Key) {}
}

impl Defect for IgnoresTtl {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, PutOptions { ttl: None, ..options });
    }
}

impl Defect for IgnoresWeights {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(key, value, PutOptions { weight: 1, ..options });
    }
}

impl Defect for LeaksEvicted {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        lock(&self.leaked).extend(store.put(key, value, options));
    }
}

impl Defect for LeaksRemoved {
    fn remove(&self, store: &Store, key: Key) {
        lock(&self.leaked).extend(store.remove(key));
    }
}

impl Defect for LeaksReplaced {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        lock(&self.leaked).extend(store.get(key));
        store.put(key, value, options);
    }
}

impl Defect for LoadsTwice {
    fn loads_per_miss(&self) -> u32 {
        2
    }
}

impl Defect for MissesUnderReaders {
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        if self.busy.swap(true, Acquire) {
            return None;
        }
        // Another thread may call here.
        std::thread::yield_now();
        let answer = store.get(key);
        self.busy.store(false, Release);
        answer
    }
}

impl Defect for NeverCompletes {
    fn snapshot_completes(&self) -> bool {
        false
    }
}

impl Defect for OpensNonEmpty {
    fn len(&self, store: &Store) -> u64 {
        if store.puts() == 0 { 1 } else { store.len() }
    }
}

impl Defect for Panics {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        assert!(value.version != 77 || key != Key::from_id(76), "slot 76 is out of bounds");
        store.put(key, value, options);
    }
}

impl Defect for RacesOnAnswers {
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        let answer = store.get(key);
        *lock(&self.slot) = answer;
        // Another thread may overwrite the slot here.
        std::thread::yield_now();
        lock(&self.slot).clone()
    }
}

impl Defect for ReordersHits {
    fn alter_reads(&self, mut reads: Vec<Read>) -> Vec<Read> {
        reads.sort_by_key(|read| !matches!(read.source, Source::Hit { .. }));
        reads
    }
}

impl Defect for ReportsHits {
    fn alter_read(&self, _store: &Store, _key: Key, read: Read) -> Read {
        Read { source: Source::Hit { tier: 0 }, ..read }
    }
}

impl Defect for RestoresEvicted {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        if let Some(evicted) = store.put(key, value, options).pop() {
            *lock(&self.victim) = Some((evicted, options));
        }
    }

    fn remove(&self, store: &Store, key: Key) {
        store.remove(key);
        let victim = lock(&self.victim).take();
        if let Some((value, options)) = victim {
            store.put(value.key, value, options);
        }
    }

    fn clear(&self, store: &Store) {
        *lock(&self.victim) = None;
        store.clear();
    }
}

impl Defect for ReturnsNextKey {
    fn alter_read(&self, store: &Store, key: Key, read: Read) -> Read {
        if !matches!(read.source, Source::Hit { .. }) {
            return read;
        }
        let other = store.get(Key::from_id(key.id().wrapping_add(1)));
        Read { value: other.or(read.value), ..read }
    }
}

impl Defect for ReturnsPreviousKey {
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(key).or_else(|| store.get(Key::from_id(key.id().wrapping_sub(1))))
    }
}

impl Defect for RoundsCapacityUp {
    fn capacity(&self, requested: Capacity) -> Capacity {
        match requested {
            Capacity::Entries(entries) if entries > 1_000 => {
                Capacity::Entries(entries.next_multiple_of(8))
            }
            other => other,
        }
    }
}

impl Defect for SkipsOneRemoval {
    fn remove(&self, store: &Store, key: Key) {
        if store.get(key).is_none() {
            self.missing.fetch_add(1, Relaxed);
        } else if self.missing.load(Relaxed) < 2 {
            store.remove(key);
        } else {
            self.missing.store(0, Relaxed);
        }
    }
}

impl Defect for SortsKeys {
    fn lookup_order(&self, keys: &[Key]) -> Vec<Key> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys
    }
}

fn lower_half(key: Key) -> Key {
    Key(key.0 & u64::from(u32::MAX))
}

impl Defect for TruncatesKeys {
    fn get(&self, store: &Store, key: Key) -> Option<Value> {
        store.get(lower_half(key))
    }

    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        store.put(lower_half(key), value, options);
    }

    fn remove(&self, store: &Store, key: Key) {
        store.remove(lower_half(key));
    }
}

impl Defect for TruncatesBodies {
    fn put(&self, store: &Store, key: Key, value: Value, options: PutOptions) {
        let body = value.body.slice(..value.body.len().min(65_535));
        store.put(key, Value { body, ..value }, options);
    }
}

impl Defect for WritesOnlyOrigin {
    fn writes_reach_cache(&self) -> bool {
        false
    }
}

impl Defect for WritesOnlyCache {
    fn writes_reach_origin(&self) -> bool {
        false
    }
}
