//! The plain map: what a cache may answer, and what it must.

use std::collections::BTreeMap;

use crate::Capacity;
use crate::kit::failure::Failure;

/// What a strategy declares, as far as it decides what may be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promises {
    pub(super) fresh: bool,
    pub(super) lossy: bool,
    pub(super) capacity: Capacity,
}

/// What is known of a key that was put and may be held.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    /// Versions that may be answered: one, or several after a write that need not be fresh.
    versions: Vec<u64>,
    weight: u32,
    /// Whether it must be there: nothing had to make room since it was last known to be.
    certain: bool,
}

/// What a cache may hold.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    promises: Promises,
    held: BTreeMap<u8, Held>,
    /// Whether more was put than fits since the cache last settled: somebody may still have to
    /// go, even if it all fits again by now.
    pressed: bool,
}

impl Expectation {
    pub(super) fn new(promises: Promises) -> Self {
        Self { promises, held: BTreeMap::new(), pressed: false }
    }

    pub(super) fn put(&mut self, key: u8, version: u64, weight: u32) {
        self.hold(key, vec![version], weight);
    }

    /// A write through the cache; where freshness is not declared, the older value may stay.
    pub(super) fn write(&mut self, key: u8, version: u64, weight: u32) {
        let mut versions = vec![version];
        if !self.promises.fresh {
            versions.extend(self.held.get(&key).into_iter().flat_map(|held| &held.versions));
        }
        self.hold(key, versions, weight);
        // Whether a write leaves the value in the cache is the strategy's own affair.
        if let Some(held) = self.held.get_mut(&key) {
            held.certain = false;
        }
    }

    pub(super) fn remove(&mut self, key: u8) {
        self.held.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
    }

    /// The cache did whatever it had put off.
    pub(super) fn settled(&mut self) {
        self.pressed = !self.fits();
    }

    /// Holds an answer against the map, and learns from it.
    pub(super) fn answered(&mut self, key: u8, version: Option<u64>) -> Result<(), Failure> {
        let safe = self.fits() && !self.pressed;
        let lossy = self.promises.lossy;
        match (self.held.get_mut(&key), version) {
            (None, None) => Ok(()),
            (None, Some(version)) => Err(Failure(format!(
                "id {key} was answered with version {version}, although it was removed, cleared, \
                 seen to be gone or never put"
            ))),
            (Some(held), None) => {
                if held.certain && !lossy {
                    return Err(Failure(format!(
                        "id {key} was put and is gone, although all that was put fits"
                    )));
                }
                // Once gone, it must not come back by itself.
                self.held.remove(&key);
                Ok(())
            }
            (Some(held), Some(version)) => {
                if !held.versions.contains(&version) {
                    return Err(Failure(format!(
                        "id {key} was answered with version {version}; {:?} may be",
                        held.versions
                    )));
                }
                held.certain = safe;
                Ok(())
            }
        }
    }

    /// Holds the settled number of entries against the map.
    pub(super) fn len(&self, said: u64) -> Result<(), Failure> {
        let most = self.held.len() as u64;
        let most = self.promises.capacity.entries().map_or(most, |entries| most.min(entries));
        let least = self.held.values().filter(|held| held.certain).count() as u64;
        let least = if self.promises.lossy { 0 } else { least };
        if (least..=most).contains(&said) {
            return Ok(());
        }
        Err(Failure(format!("len says {said}; between {least} and {most} entries can be held")))
    }

    fn hold(&mut self, key: u8, versions: Vec<u64>, weight: u32) {
        self.held.insert(key, Held { versions, weight, certain: true });
        self.pressed |= !self.fits();
        if self.pressed {
            // Somebody has to go, and who is the strategy's choice.
            self.held.values_mut().for_each(|held| held.certain = false);
        }
    }

    fn fits(&self) -> bool {
        match self.promises.capacity {
            Capacity::Unbounded => true,
            Capacity::Entries(entries) => self.held.len() as u64 <= entries,
            Capacity::Bytes(bytes) => {
                self.held.values().map(|held| u64::from(held.weight)).sum::<u64>() <= bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expecting(fresh: bool, lossy: bool, capacity: Capacity) -> Expectation {
        Expectation::new(Promises { fresh, lossy, capacity })
    }

    #[test]
    fn the_newest_version_and_no_other() {
        let mut map = expecting(true, false, Capacity::Unbounded);
        map.put(1, 1, 1);
        map.write(1, 2, 1);
        assert!(map.answered(1, Some(1)).is_err());
        assert!(map.answered(1, Some(2)).is_ok());
        assert!(map.answered(1, None).is_err(), "seen a moment ago, and nothing had to go");
        map.remove(1);
        assert!(map.answered(1, Some(2)).is_err());
        assert!(map.answered(1, None).is_ok());
    }

    #[test]
    fn a_write_that_need_not_be_fresh_leaves_both() {
        let mut map = expecting(false, false, Capacity::Unbounded);
        map.put(1, 1, 1);
        map.write(1, 2, 1);
        assert!(map.answered(1, Some(1)).is_ok());
        assert!(map.answered(1, Some(2)).is_ok());
        assert!(map.answered(1, Some(3)).is_err());
    }

    #[test]
    fn what_fits_must_be_there() {
        let mut map = expecting(true, false, Capacity::Entries(2));
        map.put(1, 1, 1);
        map.put(2, 1, 1);
        assert!(map.answered(1, None).is_err());
        map.put(3, 1, 1);
        assert!(map.answered(1, None).is_ok(), "one of three had to go");
        assert!(map.answered(1, Some(1)).is_err(), "gone, and must not come back");
        assert!(map.answered(2, Some(1)).is_ok());
        assert!(map.clone().answered(2, None).is_ok(), "it may not have evicted yet");
        map.settled();
        assert!(map.answered(2, Some(1)).is_ok());
        assert!(map.answered(2, None).is_err(), "two are left, and two fit");
        assert!(map.len(3).is_err());
        assert!(map.len(2).is_ok());
        assert!(map.len(0).is_err());
    }

    #[test]
    fn a_lossy_cache_may_lose_but_not_revive() {
        let mut map = expecting(true, true, Capacity::Unbounded);
        map.put(1, 1, 1);
        assert!(map.len(0).is_ok());
        assert!(map.answered(1, None).is_ok());
        assert!(map.answered(1, Some(1)).is_err());
    }

    #[test]
    fn weights_decide_where_bytes_are_counted() {
        let mut map = expecting(true, false, Capacity::Bytes(100));
        map.put(1, 1, 60);
        map.put(2, 1, 40);
        assert!(map.answered(1, None).is_err());
        map.put(2, 2, 41);
        assert!(map.answered(1, None).is_ok());
    }
}
