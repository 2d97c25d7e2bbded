//! Keys with given reuse distances and given numbers of requests per key.
//!
//! Keys are kept in a stack in the order of their last request. Each request is for a new key or
//! for a key near a depth drawn from a histogram, so that an LRU cache gets the given hit ratio at
//! every capacity.
//!
//! A new key gets a planned number of requests. Among the keys near the drawn depth, the one with
//! the most remaining requests is chosen. This reproduces popularity and the share of keys that
//! are requested only once.

use rand_chacha::rand_core::Rng;

use super::alias_table::AliasTable;
use super::uniform::Uniform;
use crate::generate::random_streams::unit;
use crate::rank_select::RankedSet;
use crate::scenario::ReusePlan;

const NO_KEY: u32 = u32::MAX;

/// Priority of a key in the choice of the next request.
///
/// [`ONE_HIT`], [`EXHAUSTED`], or the remaining requests plus one, possibly with [`NEW_FLAG`].
type Priority = u32;
/// Key that was planned to get a single request and has got it.
const ONE_HIT: Priority = 0;
/// Key that has got all its planned requests; preferred over [`ONE_HIT`] if no other key fits.
const EXHAUSTED: Priority = 1;
/// Flag of a key that has got only the first of several planned requests.
///
/// New keys rank above all others. Otherwise popular keys would take the second request of keys
/// that are planned to get two.
const NEW_FLAG: Priority = 1 << 31;

/// Search windows around the drawn slot, tried in order until a key has remaining requests.
///
/// A pair (divisor, maximum) means depth / divisor keys on either side, but at most the maximum.
const WINDOWS: [(usize, usize); 3] = [(16, 8), (4, 64), (16, 256)];

/// Draws keys numbered from 0 in the order of their first request.
#[derive(Debug)]
pub struct ReuseGenerator {
    new_key_shares: Vec<f64>,
    total_requests: u64,
    requests: u64,
    depths: AliasTable,
    depth_ranges: Vec<(u64, u64)>,
    counts: AliasTable,
    count_values: Vec<u32>,
    stack: RecencyStack,
    /// Priority of each key, indexed by key.
    priorities: Vec<Priority>,
    /// Keys added with the flag [`NEW_FLAG`], the newest last; some no longer have the flag.
    new_keys: Vec<u32>,
}

impl ReuseGenerator {
    /// Creates a generator; `requests` is the expected total number of requests.
    #[must_use]
    pub fn new(plan: &ReusePlan, requests: u64) -> Self {
        let mut low = 1;
        let mut depth_ranges = Vec::new();
        for &(high, _) in &plan.reuse_distances {
            depth_ranges.push((low, high));
            low = high + 1;
        }
        let weights = |pairs: &[(u64, f64)]| pairs.iter().map(|&(_, share)| share).collect();
        Self {
            new_key_shares: plan.new_key_shares.clone(),
            total_requests: requests.max(1),
            requests: 0,
            depths: AliasTable::new(weights(&plan.reuse_distances)),
            depth_ranges,
            counts: AliasTable::new(weights(&plan.requests_per_key)),
            count_values: plan
                .requests_per_key
                .iter()
                .map(|&(count, _)| count.min(u64::from(NEW_FLAG - 1)) as u32)
                .collect(),
            stack: RecencyStack::default(),
            priorities: Vec::new(),
            new_keys: Vec::new(),
        }
    }

    /// Draws the next key.
    pub fn draw(&mut self, random: &mut impl Rng) -> u64 {
        let progress = self.requests as f64 / self.total_requests as f64;
        let segment = (progress * self.new_key_shares.len() as f64) as usize;
        let new_key_share = self.new_key_shares[segment.min(self.new_key_shares.len() - 1)];
        self.requests += 1;
        let count = self.stack.len();
        if count == 0 || unit(random) < new_key_share {
            return self.add_key(random);
        }
        let (low, high) = self.depth_ranges[self.depths.draw(random) as usize];
        let depth = low + Uniform::new(high - low + 1).draw(random);
        let depth = (depth as usize).min(count);
        let slot = self.choose_slot(depth);
        let key = self.stack.move_to_top(slot);
        if self.priorities[key as usize] == ONE_HIT {
            self.swap_with_new_key(key);
        }
        let priority = &mut self.priorities[key as usize];
        let remaining = *priority & !NEW_FLAG;
        *priority = remaining.saturating_sub(1).max(EXHAUSTED.min(remaining));
        u64::from(key)
    }

    fn add_key(&mut self, random: &mut impl Rng) -> u64 {
        let key = self.priorities.len() as u32;
        let planned = self.count_values[self.counts.draw(random) as usize];
        if planned <= 1 {
            self.priorities.push(ONE_HIT);
        } else {
            self.priorities.push(planned | NEW_FLAG);
            self.new_keys.push(key);
        }
        self.stack.push(key);
        u64::from(key)
    }

    /// Swaps the priority of a one-hit key that is requested again with that of a new key.
    ///
    /// The new key becomes the one-hit key, so the number of one-hit keys stays as planned.
    fn swap_with_new_key(&mut self, key: u32) {
        while let Some(other) = self.new_keys.pop() {
            if self.priorities[other as usize] & NEW_FLAG != 0 {
                self.priorities.swap(key as usize, other as usize);
                return;
            }
        }
    }

    /// Returns the slot near `depth` (from 1) whose key has the highest priority.
    ///
    /// Widens the search until a key has remaining requests, to avoid reusing one-hit keys.
    fn choose_slot(&self, depth: usize) -> usize {
        let exact = self.stack.slot_at_depth(depth);
        let mut best = exact;
        for (divisor, max) in WINDOWS {
            best = self.best_in_window(exact, (depth / divisor).min(max));
            if self.priority(best) > EXHAUSTED {
                break;
            }
        }
        best
    }

    fn priority(&self, slot: usize) -> Priority {
        self.priorities[self.stack.key(slot) as usize]
    }

    /// Returns the slot of the highest priority among `window` keys on either side of `exact`.
    ///
    /// Of several such slots, returns the nearest.
    fn best_in_window(&self, exact: usize, window: usize) -> usize {
        let mut best = exact;
        let (mut above, mut below) = (exact, exact);
        for _ in 0..window {
            above = self.stack.next_above(above).unwrap_or(above);
            below = self.stack.next_below(below).unwrap_or(below);
            for slot in [above, below] {
                if self.priority(slot) > self.priority(best) {
                    best = slot;
                }
            }
        }
        best
    }
}

/// Keys in the order of their last request, in slots; higher slots are more recent.
#[derive(Debug)]
struct RecencyStack {
    occupied: RankedSet,
    keys: Vec<u32>,
    /// First slot above all keys.
    top: usize,
}

impl Default for RecencyStack {
    fn default() -> Self {
        Self { occupied: RankedSet::new(1_024), keys: vec![NO_KEY; 1_024], top: 0 }
    }
}

impl RecencyStack {
    fn len(&self) -> usize {
        self.occupied.len()
    }

    fn next_above(&self, slot: usize) -> Option<usize> {
        (slot + 1..self.top).find(|&slot| self.occupied.contains(slot))
    }

    fn next_below(&self, slot: usize) -> Option<usize> {
        (0..slot).rev().find(|&slot| self.occupied.contains(slot))
    }

    fn key(&self, slot: usize) -> u32 {
        self.keys[slot]
    }

    /// Returns the slot at a depth; the top has depth 1.
    fn slot_at_depth(&self, depth: usize) -> usize {
        self.occupied.select(self.occupied.len() - depth)
    }

    fn push(&mut self, key: u32) {
        if self.top == self.keys.len() {
            self.compact();
        }
        self.keys[self.top] = key;
        self.occupied.insert(self.top);
        self.top += 1;
    }

    fn move_to_top(&mut self, slot: usize) -> u32 {
        let key = self.keys[slot];
        self.occupied.remove(slot);
        self.push(key);
        key
    }

    /// Moves all keys to the lowest slots and resizes to two slots per key.
    fn compact(&mut self) {
        let mut count = 0;
        for slot in 0..self.top {
            if self.occupied.contains(slot) {
                self.keys[count] = self.keys[slot];
                count += 1;
            }
        }
        self.keys.resize((2 * count).max(1_024), NO_KEY);
        self.occupied = RankedSet::new(self.keys.len());
        self.occupied.set_range(count);
        self.top = count;
    }
}
