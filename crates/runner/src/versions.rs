//! The newest committed version of every key.

use std::sync::atomic::{AtomicU32, Ordering};

/// One version a key, four bytes each; nothing at all where the workload only reads.
#[derive(Debug)]
pub(crate) struct Versions {
    /// Zeroed lazily by the system: only pages with a written key become resident.
    newest: Box<[AtomicU32]>,
    /// Whether one request at a time touches it, so that no locked instruction is needed.
    alone: bool,
}

impl Versions {
    /// Versions for `keys` keys, all 0; `keys` is 0 where nothing is ever written.
    pub(crate) fn new(keys: usize, alone: bool) -> Self {
        let newest = Box::<[AtomicU32]>::new_zeroed_slice(keys);
        // SAFETY: zero bytes are a valid `AtomicU32`.
        Self { newest: unsafe { newest.assume_init() }, alone }
    }

    /// The newest version of a key; 0 where nothing is ever written.
    #[inline]
    pub(crate) fn newest(&self, id: usize) -> u64 {
        if self.newest.is_empty() {
            return 0;
        }
        u64::from(self.newest[id].load(Ordering::Acquire))
    }

    /// Whether there is such a key.
    #[inline]
    pub(crate) fn knows(&self, id: u64) -> bool {
        self.newest.is_empty() || id < self.newest.len() as u64
    }

    /// Commits a version: the newest is never lowered, as with any origin that orders its writes.
    #[inline]
    pub(crate) fn commit(&self, id: usize, version: u64) {
        let Some(newest) = self.newest.get(id) else { return };
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        if !self.alone {
            newest.fetch_max(version, Ordering::AcqRel);
        } else if newest.load(Ordering::Relaxed) < version {
            newest.store(version, Ordering::Relaxed);
        }
    }

    /// Commits one version more than the newest.
    #[inline]
    pub(crate) fn raise(&self, id: usize) {
        let newest = &self.newest[id];
        if self.alone {
            newest.store(newest.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            newest.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Asks for the cache line that holds a key's version, long before it is needed: over 10^7
    /// keys the table does not fit into the processor's caches.
    #[inline]
    pub(crate) fn prefetch(&self, id: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let line = self.newest.as_ptr().wrapping_add(id);
            // SAFETY: a prefetch is a hint, and never faults, whatever the address.
            unsafe { _mm_prefetch(line.cast(), _MM_HINT_T0) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_commit_does_not_lower_a_version() {
        for alone in [true, false] {
            let versions = Versions::new(3, alone);
            versions.commit(1, 2);
            versions.commit(1, 1);
            assert_eq!([versions.newest(0), versions.newest(1)], [0, 2]);
            versions.raise(1);
            assert_eq!(versions.newest(1), 3);
            assert!(versions.knows(2) && !versions.knows(3));
        }
    }

    #[test]
    fn without_writes_there_is_no_table() {
        let versions = Versions::new(0, true);
        assert!(versions.newest(17) == 0 && versions.knows(17));
    }
}
