//! Requests with given reuse distances and given numbers of requests a key.
//!
//! Keys lie in a stack by the time of their last request. A request is for a new key, or for one
//! at a depth that is drawn from a histogram, so that the hit ratios of an LRU cache come out at
//! every capacity. A new key is born with the number of requests that it is to get; of the keys
//! near the drawn depth the one with the most left is taken, so that popularity comes out too, and
//! keys that are asked for once stay in the share that was asked for.

use rand_chacha::rand_core::Rng;

use super::alias::AliasTable;
use super::uniform::Uniform;
use super::unit;
use crate::order::Places;
use crate::scenario::ReusePlan;

/// Keys that are looked at on either side of the drawn depth.
const NEIGHBOURS: usize = 8;
const NOBODY: u32 = u32::MAX;
/// A key that is to be asked for once, and was.
const ONCE: u32 = 0;
/// A key that was asked for as often as it was to be; better to ask once more than the above.
const SPENT: u32 = 1;
/// Set while a key that is to be asked for again was asked for once only: it comes before all
/// others, or the most popular would take the requests of those that are to have two.
const FRESH: u32 = 1 << 31;
/// Keys that are looked at on either side (one in so many of the depth, at most so many), window by
/// window, until one has requests left.
const WINDOWS: [(usize, usize); 3] = [(16, NEIGHBOURS), (4, 8 * NEIGHBOURS), (16, 32 * NEIGHBOURS)];

/// Draws keys 0, 1, 2 … in the order of their birth, and again.
#[derive(Debug)]
pub struct Reuse {
    births: Vec<f64>,
    requests: u64,
    made: u64,
    depths: AliasTable,
    ranges: Vec<(u64, u64)>,
    counts: AliasTable,
    count_values: Vec<u32>,
    stack: Stack,
    /// By key: [`ONCE`], [`SPENT`], or one more than the requests that are left, [`FRESH`] or not.
    worth: Vec<u32>,
    /// Keys that were born [`FRESH`], the last on top; some are not any more.
    fresh: Vec<u32>,
}

impl Reuse {
    /// Requests as a plan has them; `requests` are to be made in all.
    #[must_use]
    pub fn new(plan: &ReusePlan, requests: u64) -> Self {
        let mut low = 1;
        let mut ranges = Vec::new();
        for &(high, _) in &plan.distances {
            ranges.push((low, high));
            low = high + 1;
        }
        let weights = |pairs: &[(u64, f64)]| pairs.iter().map(|&(_, share)| share).collect();
        Self {
            births: plan.births.clone(),
            requests: requests.max(1),
            made: 0,
            depths: AliasTable::new(weights(&plan.distances)),
            ranges,
            counts: AliasTable::new(weights(&plan.counts)),
            count_values: plan
                .counts
                .iter()
                .map(|&(count, _)| count.min(u64::from(FRESH - 1)) as u32)
                .collect(),
            stack: Stack::default(),
            worth: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// The next key.
    pub fn draw(&mut self, random: &mut impl Rng) -> u64 {
        let segment = (self.made as f64 / self.requests as f64 * self.births.len() as f64) as usize;
        let births = self.births[segment.min(self.births.len() - 1)];
        self.made += 1;
        let count = self.stack.keys();
        if count == 0 || unit(random) < births {
            let key = self.worth.len() as u32;
            let planned = self.count_values[self.counts.draw(random) as usize];
            if planned <= 1 {
                self.worth.push(ONCE);
            } else {
                self.worth.push(planned | FRESH);
                self.fresh.push(key);
            }
            self.stack.push(key);
            return u64::from(key);
        }
        let (low, high) = self.ranges[self.depths.draw(random) as usize];
        let depth = low + Uniform::new(high - low + 1).draw(random);
        let depth = (depth as usize).min(count);
        let slot = self.choose(depth);
        let key = self.stack.raise(slot);
        if self.worth[key as usize] == ONCE {
            self.exchange(key);
        }
        let worth = &mut self.worth[key as usize];
        let left = *worth & !FRESH;
        *worth = left.saturating_sub(1).max(SPENT.min(left));
        u64::from(key)
    }

    /// Gives a key that was to be asked for once, and has to be again, the requests of one that was
    /// asked for once so far, which takes its place.
    fn exchange(&mut self, key: u32) {
        while let Some(other) = self.fresh.pop() {
            if self.worth[other as usize] & FRESH != 0 {
                self.worth.swap(key as usize, other as usize);
                return;
            }
        }
    }

    /// The slot near a depth (from 1) whose key has the most requests left. Where none has any, it
    /// is looked for further away, so that a key that was to be asked for once mostly is.
    fn choose(&self, depth: usize) -> usize {
        let exact = self.stack.at(depth);
        let mut best = exact;
        for (share, most) in WINDOWS {
            best = self.most_left(exact, (depth / share).min(most));
            if self.worth_of(best) > SPENT {
                break;
            }
        }
        best
    }

    fn worth_of(&self, slot: usize) -> u32 {
        self.worth[self.stack.key(slot) as usize]
    }

    /// The slot with the most left among so many on either side of one, the nearest of equals.
    fn most_left(&self, exact: usize, window: usize) -> usize {
        let mut best = exact;
        let (mut above, mut below) = (exact, exact);
        for _ in 0..window {
            above = self.stack.next(above).unwrap_or(above);
            below = self.stack.before(below).unwrap_or(below);
            for slot in [above, below] {
                if self.worth_of(slot) > self.worth_of(best) {
                    best = slot;
                }
            }
        }
        best
    }
}

/// Keys by the time of their last request, the last on top.
#[derive(Debug)]
struct Stack {
    taken: Places,
    keys: Vec<u32>,
    top: usize,
}

impl Default for Stack {
    fn default() -> Self {
        Self { taken: Places::below(1_024), keys: vec![NOBODY; 1_024], top: 0 }
    }
}

impl Stack {
    fn keys(&self) -> usize {
        self.taken.count()
    }

    /// The taken slot above one.
    fn next(&self, slot: usize) -> Option<usize> {
        (slot + 1..self.top).find(|&slot| self.taken.contains(slot))
    }

    /// The taken slot below one.
    fn before(&self, slot: usize) -> Option<usize> {
        (0..slot).rev().find(|&slot| self.taken.contains(slot))
    }

    fn key(&self, slot: usize) -> u32 {
        self.keys[slot]
    }

    /// The slot at a depth, from 1 at the top.
    fn at(&self, depth: usize) -> usize {
        self.taken.select(self.taken.count() - depth)
    }

    fn push(&mut self, key: u32) {
        if self.top == self.keys.len() {
            self.renumber();
        }
        self.keys[self.top] = key;
        self.taken.insert(self.top);
        self.top += 1;
    }

    fn raise(&mut self, slot: usize) -> u32 {
        let key = self.keys[slot];
        self.taken.remove(slot);
        self.push(key);
        key
    }

    /// Moves everything down to the lowest slots, in its order, and makes as much room again.
    fn renumber(&mut self) {
        let mut kept = 0;
        for slot in 0..self.top {
            if self.taken.contains(slot) {
                self.keys[kept] = self.keys[slot];
                kept += 1;
            }
        }
        self.keys.resize((2 * kept).max(1_024), NOBODY);
        self.taken = Places::below(self.keys.len());
        self.taken.fill(kept);
        self.top = kept;
    }
}
