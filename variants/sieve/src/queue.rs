//! Queue of SIEVE: entries in order of insertion, with a hand that looks for the entry to evict.

use std::hash::BuildHasher;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bakeoff_strategy::{Key, Value};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Largest capacity for which the memory is allocated at once, so that replays do not measure its
/// growth.
const PREALLOCATED_ENTRIES: u32 = 1 << 24;
/// Index that refers to no slot.
const NONE: u32 = u32::MAX;

/// Entry in a doubly linked list of slots.
#[derive(Debug)]
struct Slot {
    key: Key,
    value: Option<Value>,
    /// Next newer entry.
    newer: u32,
    /// Next older entry; in a free slot the next free slot.
    older: u32,
    /// True if the entry was read since the hand last passed it.
    visited: AtomicBool,
}

/// Bounded map that evicts by SIEVE.
#[derive(Debug)]
pub(crate) struct SieveQueue {
    limit: u32,
    hasher: FixedState,
    /// Indexes of the slots by key.
    table: HashTable<u32>,
    slots: Vec<Slot>,
    free: u32,
    newest: u32,
    oldest: u32,
    /// Slot at which the next search starts; [`NONE`] for the oldest.
    hand: u32,
    evictions: u64,
}

impl SieveQueue {
    pub(crate) fn new(limit: u32, seed: u64) -> Self {
        let allocated = limit.min(PREALLOCATED_ENTRIES) as usize;
        Self {
            limit,
            hasher: FixedState::with_seed(seed),
            table: HashTable::with_capacity(allocated),
            slots: Vec::with_capacity(allocated),
            free: NONE,
            newest: NONE,
            oldest: NONE,
            hand: NONE,
            evictions: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Returns the value of a key and marks the entry as visited.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&Value> {
        let slot = &self.slots[self.find(key)? as usize];
        // A store would take the cache line from other readers.
        if !slot.visited.load(Relaxed) {
            slot.visited.store(true, Relaxed);
        }
        slot.value.as_ref()
    }

    /// Stores a value and returns the replaced or evicted one.
    pub(crate) fn put(&mut self, key: Key, value: Value) -> Option<Value> {
        if let Some(index) = self.find(key) {
            let slot = &mut self.slots[index as usize];
            *slot.visited.get_mut() = true;
            return slot.value.replace(value);
        }
        let evicted = if self.table.len() >= self.limit as usize { self.evict() } else { None };
        let slot = Slot {
            key,
            value: Some(value),
            newer: NONE,
            older: self.newest,
            visited: AtomicBool::new(false),
        };
        let index = self.occupy(slot);
        match self.newest {
            NONE => self.oldest = index,
            newest => self.slots[newest as usize].newer = index,
        }
        self.newest = index;
        let (slots, hasher) = (&self.slots, &self.hasher);
        let hash = |&index: &u32| hasher.hash_one(slots[index as usize].key);
        self.table.insert_unique(hash(&index), index, hash);
        evicted
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<Value> {
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        let found = self.table.find_entry(hash, |&index| slots[index as usize].key == key).ok()?;
        let (index, _) = found.remove();
        let Slot { newer, older, .. } = self.slots[index as usize];
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        if self.hand == index {
            self.hand = newer;
        }
        let slot = &mut self.slots[index as usize];
        slot.older = mem::replace(&mut self.free, index);
        slot.value.take()
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.slots.clear();
        (self.free, self.newest, self.oldest, self.hand) = (NONE, NONE, NONE, NONE);
    }

    /// Moves the hand from old to new entries, clears their marks, and evicts the first entry
    /// without one.
    fn evict(&mut self) -> Option<Value> {
        let mut index = if self.hand == NONE { self.oldest } else { self.hand };
        while mem::take(self.slots[index as usize].visited.get_mut()) {
            let newer = self.slots[index as usize].newer;
            index = if newer == NONE { self.oldest } else { newer };
        }
        self.hand = index;
        self.evictions += 1;
        // The removal advances the hand.
        self.remove(self.slots[index as usize].key)
    }

    #[inline]
    fn find(&self, key: Key) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |&index| self.slots[index as usize].key == key).copied()
    }

    /// Moves a slot to a free index, or to a new one.
    fn occupy(&mut self, slot: Slot) -> u32 {
        let index = self.free;
        if index == NONE {
            self.slots.push(slot);
            return self.slots.len() as u32 - 1;
        }
        self.free = self.slots[index as usize].older;
        self.slots[index as usize] = slot;
        index
    }
}
