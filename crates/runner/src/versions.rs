//! The newest committed version of every key.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering, fence};

/// A byte that says: look at the wide table. Versions below it need no more than the byte.
const WIDE: u8 = u8::MAX;

/// One version a key; nothing at all where the workload only reads.
///
/// A byte a key, and four more for the few that are written 255 times or more: every answer is
/// held against this table, so it competes with the strategy for the processor's caches.
#[derive(Debug)]
pub(crate) struct Versions {
    /// Zeroed lazily by the system: only pages with a written key become resident.
    narrow: Box<[AtomicU8]>,
    /// Likewise, and only pages with a key that is written often are ever touched.
    wide: Box<[AtomicU32]>,
    /// Whether one request at a time touches it, so that no locked instruction is needed.
    alone: bool,
}

impl Versions {
    /// Versions for `keys` keys, all 0; `keys` is 0 where nothing is ever written.
    pub(crate) fn new(keys: usize, alone: bool) -> Self {
        let narrow = Box::<[AtomicU8]>::new_zeroed_slice(keys);
        let wide = Box::<[AtomicU32]>::new_zeroed_slice(keys);
        // SAFETY: zero bytes are a valid `AtomicU8`, and a valid `AtomicU32`.
        unsafe { Self { narrow: narrow.assume_init(), wide: wide.assume_init(), alone } }
    }

    /// The newest version of a key; 0 where nothing is ever written.
    #[inline]
    pub(crate) fn newest(&self, id: usize) -> u64 {
        if self.narrow.is_empty() {
            return 0;
        }
        // Relaxed is enough: whoever was handed a version by a cache was handed its commit, too.
        // An acquiring load would make the compiler forget what it knows of the whole request.
        let narrow = self.narrow[id].load(Ordering::Relaxed);
        if narrow == WIDE {
            fence(Ordering::Acquire);
            return u64::from(self.wide[id].load(Ordering::Relaxed));
        }
        u64::from(narrow)
    }

    /// Whether there is such a key.
    #[inline]
    pub(crate) fn knows(&self, id: u64) -> bool {
        self.narrow.is_empty() || id < self.narrow.len() as u64
    }

    /// Commits a version: the newest is never lowered, as with any origin that orders its writes.
    #[inline]
    pub(crate) fn commit(&self, id: usize, version: u64) {
        let Some(narrow) = self.narrow.get(id) else { return };
        let byte = if version < u64::from(WIDE) {
            version as u8
        } else {
            // Before the byte, so that whoever sees the byte finds the version.
            self.wide[id].fetch_max(u32::try_from(version).unwrap_or(u32::MAX), Ordering::AcqRel);
            WIDE
        };
        if !self.alone {
            narrow.fetch_max(byte, Ordering::AcqRel);
        } else if narrow.load(Ordering::Relaxed) < byte {
            narrow.store(byte, Ordering::Relaxed);
        }
    }

    /// Commits one version more than the newest. Two at once may commit the same.
    #[inline]
    pub(crate) fn raise(&self, id: usize) {
        self.commit(id, self.newest(id) + 1);
    }

    /// Asks for the cache line that holds a key's version, long before it is needed.
    #[inline]
    pub(crate) fn prefetch(&self, id: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let line = self.narrow.as_ptr().wrapping_add(id);
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
    fn versions_outgrow_a_byte() {
        for alone in [true, false] {
            let versions = Versions::new(2, alone);
            for version in 1..1000 {
                versions.raise(1);
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
    fn without_writes_there_is_no_table() {
        let versions = Versions::new(0, true);
        assert!(versions.newest(17) == 0 && versions.knows(17));
    }
}
