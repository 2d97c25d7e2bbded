//! Models of the eviction policies with an exact definition.

use crate::Eviction;

/// Entry of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: u64,
    /// True if the entry was read since its mark was last cleared (CLOCK and SIEVE).
    visited: bool,
}

/// Cache-aside cache with one of the exact policies. Each step takes time in proportion to its size.
#[derive(Debug)]
pub(super) struct EvictionModel {
    policy: Eviction,
    capacity: usize,
    /// Entries from the oldest (or least recently used) to the newest.
    entries: Vec<Entry>,
    /// Position at which SIEVE continues its search.
    hand: usize,
}

impl EvictionModel {
    /// Creates an empty model; a policy without an exact definition behaves like FIFO.
    pub(super) fn new(policy: Eviction, capacity: usize) -> Self {
        Self { policy, capacity, entries: Vec::with_capacity(capacity), hand: 0 }
    }

    /// Reads a key, inserts it after a miss, and returns true for a hit.
    pub(super) fn read(&mut self, id: u64) -> bool {
        if let Some(position) = self.entries.iter().position(|entry| entry.id == id) {
            if self.policy == Eviction::Lru {
                self.entries[position..].rotate_left(1);
            } else {
                self.entries[position].visited = true;
            }
            return true;
        }
        if self.entries.len() == self.capacity {
            self.evict();
        }
        self.entries.push(Entry { id, visited: false });
        false
    }

    fn evict(&mut self) {
        match self.policy {
            Eviction::Clock => {
                while self.entries[0].visited {
                    self.entries[0].visited = false;
                    self.entries.rotate_left(1);
                }
                self.entries.remove(0);
            }
            Eviction::Sieve => {
                let last = self.entries.len() - 1;
                let mut position = self.hand;
                while self.entries[position].visited {
                    self.entries[position].visited = false;
                    position = if position == last { 0 } else { position + 1 };
                }
                self.entries.remove(position);
                // The next newer entry moved to this position, unless the newest was evicted.
                self.hand = if position == last { 0 } else { position };
            }
            _ => {
                self.entries.remove(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the entries that are left after reading the ids at capacity 3, oldest first.
    fn left(policy: Eviction, ids: &[u64]) -> Vec<u64> {
        let mut model = EvictionModel::new(policy, 3);
        for &id in ids {
            model.read(id);
        }
        model.entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn each_policy_evicts_as_defined() {
        let ids = [1, 2, 3, 1, 4];
        assert_eq!(left(Eviction::Fifo, &ids), [2, 3, 4]);
        assert_eq!(left(Eviction::Lru, &ids), [3, 1, 4]);
        assert_eq!(left(Eviction::Clock, &ids), [3, 1, 4]);
        assert_eq!(left(Eviction::Sieve, &ids), [1, 3, 4]);
        // SIEVE continues at 3, while CLOCK restarts at the oldest entry.
        assert_eq!(left(Eviction::Sieve, &[1, 2, 3, 1, 4, 5]), [1, 4, 5]);
        assert_eq!(left(Eviction::Clock, &[1, 2, 3, 1, 4, 1, 5]), [1, 4, 5]);
    }
}
