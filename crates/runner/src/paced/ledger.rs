//! What the origin has committed, in a file that all instances of a trial share: so each of them
//! knows the newest version of every key, whoever wrote it, and how long it has been so.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapMut;

/// Instances that share a ledger at most.
pub(crate) const MOST_INSTANCES: u32 = 4;
/// Words of the head and of each key: a cache line.
const WORDS: usize = 8;
/// Commits of one key whose moments are remembered.
const REMEMBERED: u64 = 4;
/// Bits of a word that count what one instance has under way.
const LANE: u32 = 16;

/// Words of the head.
const UNDER_WAY: usize = 0;
const MOST_UNDER_WAY: usize = 1;
const MOST_OF_ONE_KEY: usize = 2;

/// Words of a key.
const RESERVED: usize = 0;
const ACKNOWLEDGED: usize = 1;
const COMMITTED: usize = 2;
const LOADING: usize = 3;
const MOMENTS: usize = 4;

/// The shared table.
#[derive(Debug)]
pub(crate) struct Ledger {
    map: MmapMut,
    keys: usize,
    instance: u32,
}

/// A load or store under way; over when it is dropped.
pub(crate) struct UnderWay<'a> {
    ledger: &'a Ledger,
    loading: Option<usize>,
    /// Loads of the same key that were under way already.
    pub(crate) others: u64,
}

impl Ledger {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn open(path: &Path, keys: usize, instance: u32) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // Zeros, and on the disk only where something is written.
        file.set_len(((keys + 1) * WORDS * size_of::<u64>()) as u64)?;
        // SAFETY: only processes of this trial know the file, and all of them use atomics on it.
        let map = unsafe { MmapMut::map_mut(&file)? };
        Ok(Self { map, keys, instance })
    }

    fn word(&self, row: usize, word: usize) -> &AtomicU64 {
        let place = row * WORDS + word;
        assert!(place < (self.keys + 1) * WORDS, "a key beyond the ledger's end");
        // SAFETY: within the map, which begins at a page and is never written but by atomics.
        unsafe { &*self.map.as_ptr().cast::<AtomicU64>().add(place) }
    }

    fn key(&self, id: usize, word: usize) -> &AtomicU64 {
        self.word(id + 1, word)
    }

    /// Whether there is such a key.
    pub(crate) fn knows(&self, id: u64) -> bool {
        id < self.keys as u64
    }

    /// The newest committed version.
    pub(crate) fn newest(&self, id: usize) -> u64 {
        self.key(id, COMMITTED).load(Ordering::Acquire)
    }

    /// The newest version that anybody has made, committed or not.
    pub(crate) fn made(&self, id: usize) -> u64 {
        self.key(id, RESERVED).load(Ordering::Acquire)
    }

    /// A version that nobody else writes.
    pub(crate) fn reserve(&self, id: usize) -> u64 {
        self.key(id, RESERVED).fetch_add(1, Ordering::AcqRel) + 1
    }

    /// This instance was told that a version is written.
    pub(crate) fn acknowledge(&self, id: usize, version: u64) {
        let word = version << 8 | u64::from(self.instance);
        self.key(id, ACKNOWLEDGED).fetch_max(word, Ordering::AcqRel);
    }

    /// The origin has a version since `now` (nanoseconds of the trial's clock). Older ones that it
    /// never had, since several writes went to it as one, count as committed with it; one that
    /// comes after a newer one changes nothing.
    pub(crate) fn commit(&self, id: usize, version: u64, now: u64) {
        let first = (self.newest(id) + 1).max((version + 1).saturating_sub(REMEMBERED));
        for version in first..=version {
            self.key(id, MOMENTS + (version % REMEMBERED) as usize).store(now, Ordering::Release);
        }
        self.key(id, COMMITTED).fetch_max(version, Ordering::AcqRel);
    }

    /// Nanoseconds since a version was out of date; at least, where that is longer ago than the
    /// last few commits.
    pub(crate) fn out_of_date_for(&self, id: usize, version: u64, now: u64) -> u64 {
        let newest = self.newest(id);
        let first_after = (version + 1).max((newest + 1).saturating_sub(REMEMBERED));
        let since = self.key(id, MOMENTS + (first_after % REMEMBERED) as usize);
        now.saturating_sub(since.load(Ordering::Acquire))
    }

    /// A load of a key begins.
    pub(crate) fn begin_load(&self, id: usize) -> UnderWay<'_> {
        let one = 1 << (LANE * self.instance);
        let others = lanes(self.key(id, LOADING).fetch_add(one, Ordering::AcqRel));
        self.word(0, MOST_OF_ONE_KEY).fetch_max(others + 1, Ordering::AcqRel);
        self.begin(Some(id), others)
    }

    /// A store begins.
    pub(crate) fn begin_store(&self) -> UnderWay<'_> {
        self.begin(None, 0)
    }

    fn begin(&self, loading: Option<usize>, others: u64) -> UnderWay<'_> {
        let one = 1 << (LANE * self.instance);
        let under_way = lanes(self.word(0, UNDER_WAY).fetch_add(one, Ordering::AcqRel)) + 1;
        self.word(0, MOST_UNDER_WAY).fetch_max(under_way, Ordering::AcqRel);
        UnderWay { ledger: self, loading, others }
    }

    /// Most loads and stores under way at once, and most loads of one key, of all instances.
    pub(crate) fn peaks(&self) -> (u64, u64) {
        let peak = |word| self.word(0, word).load(Ordering::Acquire);
        (peak(MOST_UNDER_WAY), peak(MOST_OF_ONE_KEY))
    }

    /// Acknowledged versions of this instance that were never committed, and their keys; what is
    /// counted once is not counted again. Whatever the instance had under way in an earlier life is
    /// over.
    pub(crate) fn take_lost(&self) -> (u64, u64) {
        let (mut writes, mut keys) = (0, 0);
        for id in 0..self.keys {
            let word = self.key(id, ACKNOWLEDGED).load(Ordering::Acquire);
            let (version, committed) = (word >> 8, self.newest(id));
            if word & 0xFF == u64::from(self.instance) && version > committed {
                writes += version - committed;
                keys += 1;
                self.key(id, ACKNOWLEDGED).store(0, Ordering::Release);
            }
        }
        (writes, keys)
    }

    /// Forgets what an earlier life of this instance had under way when it was killed.
    pub(crate) fn bury(&self) {
        let others = !(((1 << LANE) - 1) << (LANE * self.instance));
        self.word(0, UNDER_WAY).fetch_and(others, Ordering::AcqRel);
        for id in 0..self.keys {
            let loading = self.key(id, LOADING);
            if loading.load(Ordering::Relaxed) != 0 {
                loading.fetch_and(others, Ordering::AcqRel);
            }
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let one = 1 << (LANE * self.ledger.instance);
        self.ledger.word(0, UNDER_WAY).fetch_sub(one, Ordering::AcqRel);
        if let Some(id) = self.loading {
            self.ledger.key(id, LOADING).fetch_sub(one, Ordering::AcqRel);
        }
    }
}

/// What all instances have under way.
fn lanes(word: u64) -> u64 {
    (0..MOST_INSTANCES).map(|lane| word >> (LANE * lane) & ((1 << LANE) - 1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_see_each_others_commits_and_what_one_of_them_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger");
        let [one, two] = [0, 1].map(|n| Ledger::open(&path, 10, n).expect("opens"));
        assert_eq!([one.reserve(3), two.reserve(3)], [1, 2]);
        one.commit(3, 1, 100);
        one.acknowledge(3, 1);
        assert_eq!((two.newest(3), two.made(3)), (1, 2));
        two.commit(3, 2, 250);
        assert_eq!(one.out_of_date_for(3, 0, 1_000), 900);
        assert_eq!(one.out_of_date_for(3, 1, 1_000), 750);
        for version in 3..9 {
            one.commit(3, version, 1_000 * version);
        }
        assert_eq!(one.out_of_date_for(3, 0, 10_000), 5_000, "the oldest that is remembered");
        one.commit(4, 3, 300);
        one.commit(4, 2, 700);
        let behind = [0, 1, 2].map(|version| two.out_of_date_for(4, version, 1_000));
        assert_eq!(behind, [700; 3], "what the origin never had, or had too late");
        two.acknowledge(5, 4);
        one.acknowledge(6, 1);
        assert_eq!((two.take_lost(), two.take_lost()), ((4, 1), (0, 0)));
        assert_eq!(one.take_lost(), (1, 1));
    }

    #[test]
    fn loads_of_one_key_are_counted_over_all_instances() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger");
        let [one, two] = [0, 1].map(|n| Ledger::open(&path, 10, n).expect("opens"));
        let (first, second) = (one.begin_load(7), two.begin_load(7));
        assert_eq!((first.others, second.others), (0, 1));
        drop((first, second));
        assert_eq!(one.begin_load(7).others, 0);
        // Killed with a load and a store under way: nothing is dropped.
        std::mem::forget((two.begin_load(7), two.begin_store()));
        assert_eq!(one.begin_load(7).others, 1);
        two.bury();
        assert_eq!(one.begin_load(7).others, 0);
        assert_eq!(one.peaks(), (3, 2));
    }
}
