//! Log of the commits of the origin, in a memory-mapped file that all instances of a trial share.
//!
//! Every instance can therefore read the newest version of every key and the time of its commit.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bakeoff_protocol::paced::outcome::LostWrites;
use memmap2::MmapMut;

/// Maximum number of instances that share a log; each has its own bits in a counter word.
pub(crate) const MAX_INSTANCES: u32 = 4;
/// Number of words in the header and in the row of each key: one cache line.
const WORDS: usize = 8;
/// Number of latest commits per key whose times are kept.
const KEPT_COMMITS: u64 = 4;
/// Number of bits that each instance has in a counter word.
const COUNTER_BITS: u32 = 16;

// Indexes of the words in the header.
const IN_FLIGHT: usize = 0;
const PEAK_IN_FLIGHT: usize = 1;
const PEAK_LOADS_OF_ONE_KEY: usize = 2;

// Indexes of the words in the row of a key. The commit times use all words from the last index on.
const RESERVED: usize = 0;
const ACKNOWLEDGED: usize = 1;
const COMMITTED: usize = 2;
const LOADING: usize = 3;
const COMMIT_TIMES: usize = 4;

/// Shared table of the versions of every key.
#[derive(Debug)]
pub(crate) struct CommitLog {
    map: MmapMut,
    keys: usize,
    instance: u32,
}

/// Load or write in flight, counted until it is dropped.
pub(crate) struct InFlight<'a> {
    log: &'a CommitLog,
    loading: Option<usize>,
    /// Number of loads of the same key that were already in flight.
    pub(crate) concurrent_loads: u64,
}

impl CommitLog {
    /// Opens the log and creates its file if it is missing.
    ///
    /// # Errors
    /// The error of the system if the file cannot be opened or mapped.
    pub(crate) fn open(path: &Path, keys: usize, instance: u32) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // Sparse: only written pages use disk space.
        file.set_len(((keys + 1) * WORDS * size_of::<u64>()) as u64)?;
        // SAFETY: only processes of this trial use the file, and all of them access it as atomics.
        let map = unsafe { MmapMut::map_mut(&file)? };
        Ok(Self { map, keys, instance })
    }

    fn word(&self, row: usize, word: usize) -> &AtomicU64 {
        let index = row * WORDS + word;
        assert!(index < (self.keys + 1) * WORDS, "key id out of range");
        // SAFETY: the index is within the map, which starts at a page boundary, and all writes to the
        // map are atomic.
        unsafe { &*self.map.as_ptr().cast::<AtomicU64>().add(index) }
    }

    fn key(&self, id: usize, word: usize) -> &AtomicU64 {
        self.word(id + 1, word)
    }

    /// Returns true if the key exists.
    pub(crate) fn contains(&self, id: u64) -> bool {
        id < self.keys as u64
    }

    /// Returns the newest committed version of a key.
    pub(crate) fn newest(&self, id: usize) -> u64 {
        self.key(id, COMMITTED).load(Ordering::Acquire)
    }

    /// Returns the newest reserved version of a key, committed or not.
    pub(crate) fn newest_reserved(&self, id: usize) -> u64 {
        self.key(id, RESERVED).load(Ordering::Acquire)
    }

    /// Reserves the next version of a key, which no other request will write.
    pub(crate) fn reserve(&self, id: usize) -> u64 {
        self.key(id, RESERVED).fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Records that a write of this instance was acknowledged.
    pub(crate) fn acknowledge(&self, id: usize, version: u64) {
        let word = version << 8 | u64::from(self.instance);
        self.key(id, ACKNOWLEDGED).fetch_max(word, Ordering::AcqRel);
    }

    /// Records that the origin has committed a version at `now` (nanoseconds of the shared clock).
    ///
    /// Older versions that are not committed yet count as committed by the same write. A version
    /// older than the newest changes nothing.
    pub(crate) fn commit(&self, id: usize, version: u64, now: u64) {
        let first = (self.newest(id) + 1).max((version + 1).saturating_sub(KEPT_COMMITS));
        for version in first..=version {
            self.key(id, COMMIT_TIMES + (version % KEPT_COMMITS) as usize)
                .store(now, Ordering::Release);
        }
        self.key(id, COMMITTED).fetch_max(version, Ordering::AcqRel);
    }

    /// Returns the nanoseconds since a version became outdated.
    ///
    /// If more than [`KEPT_COMMITS`] commits followed the version, the result is a lower limit.
    pub(crate) fn outdated_ns(&self, id: usize, version: u64, now: u64) -> u64 {
        let newest = self.newest(id);
        let first_after = (version + 1).max((newest + 1).saturating_sub(KEPT_COMMITS));
        let since = self.key(id, COMMIT_TIMES + (first_after % KEPT_COMMITS) as usize);
        now.saturating_sub(since.load(Ordering::Acquire))
    }

    /// Counts a load of a key as in flight.
    pub(crate) fn begin_load(&self, id: usize) -> InFlight<'_> {
        let one = 1 << (COUNTER_BITS * self.instance);
        let concurrent_loads = total(self.key(id, LOADING).fetch_add(one, Ordering::AcqRel));
        self.word(0, PEAK_LOADS_OF_ONE_KEY).fetch_max(concurrent_loads + 1, Ordering::AcqRel);
        self.begin(Some(id), concurrent_loads)
    }

    /// Counts a write as in flight.
    pub(crate) fn begin_write(&self) -> InFlight<'_> {
        self.begin(None, 0)
    }

    fn begin(&self, loading: Option<usize>, concurrent_loads: u64) -> InFlight<'_> {
        let one = 1 << (COUNTER_BITS * self.instance);
        let in_flight = total(self.word(0, IN_FLIGHT).fetch_add(one, Ordering::AcqRel)) + 1;
        self.word(0, PEAK_IN_FLIGHT).fetch_max(in_flight, Ordering::AcqRel);
        InFlight { log: self, loading, concurrent_loads }
    }

    /// Returns the peak number of concurrent loads and writes, and the peak number of concurrent
    /// loads of one key.
    ///
    /// Both include all instances.
    pub(crate) fn peaks(&self) -> (u64, u64) {
        let peak = |word| self.word(0, word).load(Ordering::Acquire);
        (peak(PEAK_IN_FLIGHT), peak(PEAK_LOADS_OF_ONE_KEY))
    }

    /// Counts acknowledged versions of this instance that were never committed, and forgets them.
    ///
    /// Call it only when the instance has no writes in flight.
    pub(crate) fn take_lost_writes(&self) -> LostWrites {
        let mut lost = LostWrites::default();
        for id in 0..self.keys {
            let word = self.key(id, ACKNOWLEDGED).load(Ordering::Acquire);
            let (version, committed) = (word >> 8, self.newest(id));
            if word & 0xFF == u64::from(self.instance) && version > committed {
                lost.writes += version - committed;
                lost.keys += 1;
                self.key(id, ACKNOWLEDGED).store(0, Ordering::Release);
            }
        }
        lost
    }

    /// Resets the in-flight counters of this instance.
    ///
    /// Call it at a restart: the killed process could not decrement them.
    pub(crate) fn discard_in_flight(&self) {
        let other_instances = !(((1 << COUNTER_BITS) - 1) << (COUNTER_BITS * self.instance));
        self.word(0, IN_FLIGHT).fetch_and(other_instances, Ordering::AcqRel);
        for id in 0..self.keys {
            let loading = self.key(id, LOADING);
            if loading.load(Ordering::Relaxed) != 0 {
                loading.fetch_and(other_instances, Ordering::AcqRel);
            }
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let one = 1 << (COUNTER_BITS * self.log.instance);
        self.log.word(0, IN_FLIGHT).fetch_sub(one, Ordering::AcqRel);
        if let Some(id) = self.loading {
            self.log.key(id, LOADING).fetch_sub(one, Ordering::AcqRel);
        }
    }
}

/// Returns the sum of all instances' counters in a word.
fn total(word: u64) -> u64 {
    (0..MAX_INSTANCES)
        .map(|instance| word >> (COUNTER_BITS * instance) & ((1 << COUNTER_BITS) - 1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_share_commits_and_count_their_own_lost_writes() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("commits");
        let [one, two] = [0, 1].map(|n| CommitLog::open(&path, 10, n).expect("opens"));
        assert_eq!([one.reserve(3), two.reserve(3)], [1, 2]);
        one.commit(3, 1, 100);
        one.acknowledge(3, 1);
        assert_eq!((two.newest(3), two.newest_reserved(3)), (1, 2));
        two.commit(3, 2, 250);
        assert_eq!(one.outdated_ns(3, 0, 1_000), 900);
        assert_eq!(one.outdated_ns(3, 1, 1_000), 750);
        for version in 3..9 {
            one.commit(3, version, 1_000 * version);
        }
        assert_eq!(one.outdated_ns(3, 0, 10_000), 5_000, "the oldest kept commit");
        one.commit(4, 3, 300);
        one.commit(4, 2, 700);
        let behind = [0, 1, 2].map(|version| two.outdated_ns(4, version, 1_000));
        assert_eq!(behind, [700; 3], "versions that the origin never had or got too late");
        two.acknowledge(5, 4);
        one.acknowledge(6, 1);
        let lost = |writes, keys| LostWrites { writes, keys };
        assert_eq!([two.take_lost_writes(), two.take_lost_writes()], [lost(4, 1), lost(0, 0)]);
        assert_eq!(one.take_lost_writes(), lost(1, 1));
    }

    #[test]
    fn concurrent_loads_of_a_key_are_counted_over_all_instances() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("commits");
        let [one, two] = [0, 1].map(|n| CommitLog::open(&path, 10, n).expect("opens"));
        let (first, second) = (one.begin_load(7), two.begin_load(7));
        assert_eq!((first.concurrent_loads, second.concurrent_loads), (0, 1));
        drop((first, second));
        assert_eq!(one.begin_load(7).concurrent_loads, 0);
        // A killed process drops nothing.
        std::mem::forget((two.begin_load(7), two.begin_write()));
        assert_eq!(one.begin_load(7).concurrent_loads, 1);
        two.discard_in_flight();
        assert_eq!(one.begin_load(7).concurrent_loads, 0);
        assert_eq!(one.peaks(), (3, 2));
    }
}
