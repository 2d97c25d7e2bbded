//! Table of the newest committed version of every key.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering, fence};

/// Content of a byte whose version is in the wide table. Smaller versions fit into the byte itself.
const WIDE_MARK: u8 = u8::MAX;

/// Table of the newest committed version of every key; empty if the workload only reads.
///
/// The table has one byte per key, and four more bytes for keys with 255 versions or more. It is
/// small because every answer is compared with it, so it competes with the strategy for the
/// processor's caches.
#[derive(Debug)]
pub(crate) struct Versions {
    /// One byte per key. The system zeroes pages lazily, so only pages with a written key use
    /// memory.
    narrow: Box<[AtomicU8]>,
    /// Four bytes per key, zeroed lazily. Only pages with a frequently written key use memory.
    wide: Box<[AtomicU32]>,
    /// True if only one request at a time uses the table, so that no atomic read-modify-write is
    /// needed.
    sequential: bool,
}

impl Versions {
    /// Creates the table with version 0 of every key. For a workload that only reads, `keys` is 0.
    pub(crate) fn new(keys: usize, sequential: bool) -> Self {
        Self {
            narrow: bytemuck::zeroed_slice_box(keys),
            wide: bytemuck::zeroed_slice_box(keys),
            sequential,
        }
    }

    /// Returns the newest version of a key; 0 for a workload that only reads.
    #[inline]
    pub(crate) fn newest(&self, id: usize) -> u64 {
        if self.narrow.is_empty() {
            return 0;
        }
        // A relaxed load is enough: a cache that passes a value to another thread also makes its
        // commit visible there. An acquire load would prevent optimizations across the whole
        // request.
        let narrow = self.narrow[id].load(Ordering::Relaxed);
        if narrow == WIDE_MARK {
            fence(Ordering::Acquire);
            return u64::from(self.wide[id].load(Ordering::Relaxed));
        }
        u64::from(narrow)
    }

    /// Returns true if the key exists. Without a table, every key exists.
    #[inline]
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.narrow.is_empty() || id < self.narrow.len() as u64
    }

    /// Commits a version. A version older than the newest changes nothing.
    #[inline]
    pub(crate) fn commit(&self, id: usize, version: u64) {
        let Some(narrow) = self.narrow.get(id) else { return };
        let byte = if version < u64::from(WIDE_MARK) {
            version as u8
        } else {
            // The wide version is written before the byte, so that a reader of the byte finds it.
            self.wide[id].fetch_max(u32::try_from(version).unwrap_or(u32::MAX), Ordering::AcqRel);
            WIDE_MARK
        };
        if !self.sequential {
            narrow.fetch_max(byte, Ordering::AcqRel);
        } else if narrow.load(Ordering::Relaxed) < byte {
            narrow.store(byte, Ordering::Relaxed);
        }
    }

    /// Commits the version after the newest. Two concurrent calls may commit the same version.
    #[inline]
    pub(crate) fn increment(&self, id: usize) {
        self.commit(id, self.newest(id) + 1);
    }

    /// Prefetches the cache line of a key's version.
    #[inline]
    pub(crate) fn prefetch(&self, id: usize) {
        bakeoff_compiled::prefetch(&self.narrow, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_commit_does_not_lower_a_version() {
        for sequential in [true, false] {
            let versions = Versions::new(3, sequential);
            versions.commit(1, 2);
            versions.commit(1, 1);
            assert_eq!([versions.newest(0), versions.newest(1)], [0, 2]);
            versions.increment(1);
            assert_eq!(versions.newest(1), 3);
            assert!(versions.contains(2) && !versions.contains(3));
        }
    }

    #[test]
    fn versions_can_exceed_a_byte() {
        for sequential in [true, false] {
            let versions = Versions::new(2, sequential);
            for version in 1..1000 {
                versions.increment(1);
                assert_eq!([versions.newest(0), versions.newest(1)], [0, version]);
            }
            versions.commit(1, 300);
            versions.commit(1, 3);
            assert_eq!(versions.newest(1), 999);
            versions.commit(1, 1_000_000);
            assert_eq!(versions.newest(1), 1_000_000);
        }
    }

    #[test]
    fn a_workload_without_writes_has_no_table() {
        let versions = Versions::new(0, true);
        assert!(versions.newest(17) == 0 && versions.contains(17));
    }
}
