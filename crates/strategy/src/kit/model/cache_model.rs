//! Model of the values that a cache may return and those that it must return.

use std::collections::BTreeMap;

use crate::Capacity;
use crate::kit::failure::Failure;

/// Declared properties that decide which answers are valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeclaredProperties {
    pub(super) fresh: bool,
    pub(super) lossy: bool,
    pub(super) capacity: Capacity,
    /// Entries above a capacity in entries that the cache may hold.
    pub(super) overshoot: u64,
}

/// Key that may be cached, with its possible versions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Versions that the cache may return. There are several after a write if `fresh` is not
    /// declared.
    versions: Vec<u64>,
    weight: u32,
    /// True if the cache must hold the key, because nothing was evicted since the key was put or
    /// returned.
    required: bool,
}

/// Model of the contents that a cache may have.
#[derive(Clone, Debug)]
pub(super) struct CacheModel {
    declared: DeclaredProperties,
    entries: BTreeMap<u8, Entry>,
    /// True if the entries exceeded the capacity at some time since the last `settle`. Evictions
    /// may then be pending, even if all entries fit again.
    may_evict: bool,
}

impl CacheModel {
    pub(super) fn new(declared: DeclaredProperties) -> Self {
        Self { declared, entries: BTreeMap::new(), may_evict: false }
    }

    pub(super) fn put(&mut self, key: u8, version: u64, weight: u32) {
        self.insert(key, vec![version], weight);
    }

    /// Records a write through the cache. The older version may remain cached unless `fresh` is
    /// declared.
    pub(super) fn write(&mut self, key: u8, version: u64, weight: u32) {
        let mut versions = vec![version];
        if !self.declared.fresh {
            versions.extend(self.entries.get(&key).into_iter().flat_map(|entry| &entry.versions));
        }
        self.insert(key, versions, weight);
        // A strategy may or may not cache the value it writes.
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.required = false;
        }
    }

    pub(super) fn remove(&mut self, key: u8) {
        self.entries.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Records that the cache has finished pending evictions.
    pub(super) fn settle(&mut self) {
        self.may_evict = !self.fits();
    }

    /// Checks an answer of the cache and records it in the model.
    pub(super) fn check_answer(&mut self, key: u8, version: Option<u64>) -> Result<(), Failure> {
        let no_eviction = self.fits() && !self.may_evict;
        let lossy = self.declared.lossy;
        match (self.entries.get_mut(&key), version) {
            (None, None) => Ok(()),
            (None, Some(version)) => Err(Failure(format!(
                "id {key} returned version {version}, expected no value: the key was removed, \
                 cleared, missing before, or never put"
            ))),
            (Some(entry), None) => {
                if entry.required && !lossy {
                    return Err(Failure(format!(
                        "id {key} was put and is missing, although everything put fits into the \
                         cache; keep entries that fit, or declare `lossy`"
                    )));
                }
                // From now on the key must not reappear without a put.
                self.entries.remove(&key);
                Ok(())
            }
            (Some(entry), Some(version)) => {
                if !entry.versions.contains(&version) {
                    return Err(Failure(format!(
                        "id {key} returned version {version}, expected one of {:?}",
                        entry.versions
                    )));
                }
                entry.required = no_eviction;
                Ok(())
            }
        }
    }

    /// Checks the number of entries after `settle`.
    pub(super) fn check_len(&self, len: u64) -> Result<(), Failure> {
        let max = self.entries.len() as u64;
        let max = self
            .declared
            .capacity
            .entries()
            .map_or(max, |limit| max.min(limit + self.declared.overshoot));
        let required = self.entries.values().filter(|entry| entry.required).count() as u64;
        let min = if self.declared.lossy { 0 } else { required };
        if (min..=max).contains(&len) {
            return Ok(());
        }
        Err(Failure(format!("len is {len} after settle, expected {min} to {max} entries")))
    }

    fn insert(&mut self, key: u8, versions: Vec<u64>, weight: u32) {
        self.entries.insert(key, Entry { versions, weight, required: true });
        self.may_evict |= !self.fits();
        if self.may_evict {
            // The strategy chooses which entry to evict.
            self.entries.values_mut().for_each(|entry| entry.required = false);
        }
    }

    fn fits(&self) -> bool {
        match self.declared.capacity {
            Capacity::Unbounded => true,
            Capacity::Entries(limit) => self.entries.len() as u64 <= limit,
            Capacity::Bytes(limit) => {
                self.entries.values().map(|entry| u64::from(entry.weight)).sum::<u64>() <= limit
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_model(fresh: bool, lossy: bool, capacity: Capacity) -> CacheModel {
        CacheModel::new(DeclaredProperties { fresh, lossy, capacity, overshoot: 0 })
    }

    #[test]
    fn only_the_latest_version_is_valid() {
        let mut model = new_model(true, false, Capacity::Unbounded);
        model.put(1, 1, 1);
        model.write(1, 2, 1);
        assert!(model.check_answer(1, Some(1)).is_err());
        assert!(model.check_answer(1, Some(2)).is_ok());
        assert!(
            model.check_answer(1, None).is_err(),
            "the key was returned before, and nothing was evicted"
        );
        model.remove(1);
        assert!(model.check_answer(1, Some(2)).is_err());
        assert!(model.check_answer(1, None).is_ok());
    }

    #[test]
    fn both_versions_are_valid_after_a_write_without_freshness() {
        let mut model = new_model(false, false, Capacity::Unbounded);
        model.put(1, 1, 1);
        model.write(1, 2, 1);
        assert!(model.check_answer(1, Some(1)).is_ok());
        assert!(model.check_answer(1, Some(2)).is_ok());
        assert!(model.check_answer(1, Some(3)).is_err());
    }

    #[test]
    fn entries_that_fit_are_required() {
        let mut model = new_model(true, false, Capacity::Entries(2));
        model.put(1, 1, 1);
        model.put(2, 1, 1);
        assert!(model.check_answer(1, None).is_err());
        model.put(3, 1, 1);
        assert!(model.check_answer(1, None).is_ok(), "one of three may be evicted");
        assert!(model.check_answer(1, Some(1)).is_err(), "a missing key must not reappear");
        assert!(model.check_answer(2, Some(1)).is_ok());
        assert!(model.clone().check_answer(2, None).is_ok(), "the eviction may be pending");
        model.settle();
        assert!(model.check_answer(2, Some(1)).is_ok());
        assert!(model.check_answer(2, None).is_err(), "two entries are left, and two fit");
        assert!(model.check_len(3).is_err());
        assert!(model.check_len(2).is_ok());
        assert!(model.check_len(0).is_err());
    }

    #[test]
    fn a_lossy_cache_may_drop_but_not_revive_entries() {
        let mut model = new_model(true, true, Capacity::Unbounded);
        model.put(1, 1, 1);
        assert!(model.check_len(0).is_ok());
        assert!(model.check_answer(1, None).is_ok());
        assert!(model.check_answer(1, Some(1)).is_err());
    }

    #[test]
    fn weights_count_against_a_capacity_in_bytes() {
        let mut model = new_model(true, false, Capacity::Bytes(100));
        model.put(1, 1, 60);
        model.put(2, 1, 40);
        assert!(model.check_answer(1, None).is_err());
        model.put(2, 2, 41);
        assert!(model.check_answer(1, None).is_ok());
    }
}
