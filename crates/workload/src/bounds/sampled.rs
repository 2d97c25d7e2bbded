//! The LRU curve from a sample of the keys: SHARDS (C. A. Waldspurger, N. Park, A. Garthwaite and
//! I. Ahmad, FAST 2015), with popularity accounted for.
//!
//! All requests of a key are in the sample or none; a depth among sampled keys stands for one that
//! is deeper by the inverse of the rate. What makes plain SHARDS err on short traces is which of
//! the popular keys it happens to draw. So a first pass counts every key's requests; keys are
//! classed by the power of two of that number; of a class with too few sampled keys, further ones
//! are observed (their depths are taken, but they make nobody else's deeper); and every class gets
//! the weight of all its reads.

use serde::Serialize;

use super::Requests;
use crate::compiled::{Op, Workload};
use crate::order::Places;

/// Fewer sampled keys than this say too little about depths; the rate is raised until there are
/// as many. A cliff of the curve moves by the error of its depth, which is that of a count of
/// sampled keys: where caches are small, only many keys keep it in place.
pub const FEWEST_KEYS: u64 = 131_072;
/// Keys of a class whose depths are taken at the least, where it has as many.
const FEWEST_OF_CLASS: usize = 32;
const NOWHERE: u32 = u32::MAX;

/// An LRU curve that was estimated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampledCurve {
    /// Share of the keys that was sampled.
    pub rate: f64,
    /// Keys that were sampled.
    pub sampled_keys: u64,
    /// Requests that were looked at.
    pub sampled_requests: u64,
    /// Share of all reads that found their key with fewer than so many sampled keys above it.
    hits: Vec<f64>,
}

/// What is done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Left,
    Observed,
    Sampled,
}

impl SampledCurve {
    /// The curve from about `rate` of the keys, more where those would be fewer than
    /// [`FEWEST_KEYS`].
    #[must_use]
    pub fn of(workload: &Workload, rate: f64) -> Self {
        Self::of_at_least(workload, rate, FEWEST_KEYS)
    }

    /// As [`SampledCurve::of`], with another fewest number of keys.
    #[must_use]
    pub fn of_at_least(workload: &Workload, rate: f64, fewest: u64) -> Self {
        let requests = Requests::of(workload, None);
        let keys = workload.header().unique_keys;
        let rate = rate.max(fewest as f64 / keys.max(1) as f64).min(1.0);
        let classes = Classes::of(requests, keys as usize, rate);
        let sampled_keys = classes.parts.iter().filter(|&&part| part == Part::Sampled).count();
        let reads = workload.header().reads.max(1) as f64;
        let (mut hits, sampled_requests) = classes.hits(requests, sampled_keys, reads);
        let mut sum = 0.0;
        for share in &mut hits {
            sum += std::mem::replace(share, sum);
        }
        hits.push(sum);
        Self {
            // What was drawn, not what was asked for, is the share that depths are scaled by.
            rate: sampled_keys as f64 / keys.max(1) as f64,
            sampled_keys: sampled_keys as u64,
            sampled_requests,
            hits,
        }
    }

    /// Estimated hits by reads of a cache of that many entries, 0 to 1.
    #[must_use]
    pub fn hit_ratio(&self, capacity_entries: u64) -> f64 {
        // k sampled keys above stand for k / rate to (k + 1) / rate keys.
        let last = self.hits.len() - 1;
        let depth = (capacity_entries as f64 * self.rate).min(last as f64);
        let whole = depth.floor() as usize;
        let (below, above) = (self.hits[whole], self.hits[(whole + 1).min(last)]);
        (below + (above - below) * (depth - depth.floor())).clamp(0.0, 1.0)
    }
}

/// Keys by how often they are asked for, and which of them are looked at.
struct Classes {
    parts: Vec<Part>,
    /// What one read of a key stands for, by the key's class.
    weights: [f64; 33],
    class_of: Vec<u8>,
}

impl Classes {
    fn of(requests: Requests<'_>, keys: usize, rate: f64) -> Self {
        let mut counts = vec![0_u32; keys];
        let mut reads = vec![0_u32; if requests.ops.is_some() { keys } else { 0 }];
        for (index, &id) in requests.ids.iter().enumerate() {
            counts[id as usize] = counts[id as usize].saturating_add(1);
            if let Some(reads) = reads.get_mut(id as usize)
                && requests.op(index) == Op::Read
            {
                *reads = reads.saturating_add(1);
            }
        }
        let class_of: Vec<u8> =
            counts.iter().map(|count| (32 - count.leading_zeros()) as u8).collect();
        let mut parts = choose(&class_of, rate);
        let mut all = [0.0; 33];
        let mut seen = [0.0; 33];
        for (id, &class) in class_of.iter().enumerate() {
            let reads = f64::from(reads.get(id).copied().unwrap_or(counts[id]));
            all[usize::from(class)] += reads;
            if parts[id] != Part::Left {
                seen[usize::from(class)] += reads;
            }
        }
        let weights =
            std::array::from_fn(
                |class| {
                    if seen[class] > 0.0 { all[class] / seen[class] } else { 1.0 }
                },
            );
        if rate >= 1.0 {
            parts.fill(Part::Sampled);
        }
        Self { parts, weights, class_of }
    }

    /// Shares of the reads by sampled keys above theirs, and the requests that were looked at.
    fn hits(&self, requests: Requests<'_>, sampled: usize, reads: f64) -> (Vec<f64>, u64) {
        let mut order = Order::new(sampled, self.parts.len());
        let mut hits = vec![0.0; sampled + 1];
        let mut looked_at = 0;
        for (index, &id) in requests.ids.iter().enumerate() {
            let part = self.parts[id as usize];
            if part == Part::Left {
                continue;
            }
            looked_at += 1;
            let op = requests.op(index);
            if op == Op::Delete {
                order.delete(id, part == Part::Sampled);
                continue;
            }
            let above = order.touch(id, part == Part::Sampled, &self.parts);
            if let (Some(above), Op::Read) = (above, op) {
                let class = usize::from(self.class_of[id as usize]);
                hits[above] += self.weights[class] / reads;
            }
        }
        (hits, looked_at)
    }
}

/// Which keys are looked at: those whose hash lies below the rate, and of classes with too few of
/// them the ones with the lowest hashes.
fn choose(class_of: &[u8], rate: f64) -> Vec<Part> {
    // The cast saturates.
    let threshold = (rate * 18_446_744_073_709_551_616.0) as u64;
    let mut found = [0_usize; 33];
    let mut parts: Vec<Part> = (0..)
        .zip(class_of)
        .map(|(id, &class)| {
            let sampled = spread(id) < threshold;
            found[usize::from(class)] += usize::from(sampled);
            if sampled { Part::Sampled } else { Part::Left }
        })
        .collect();
    let mut lowest: Vec<Vec<(u64, usize)>> = vec![Vec::new(); 33];
    for (id, &class) in class_of.iter().enumerate() {
        let class = usize::from(class);
        if parts[id] == Part::Left && found[class] < FEWEST_OF_CLASS {
            lowest[class].push((spread(id as u64), id));
        }
    }
    for (class, mut others) in lowest.into_iter().enumerate() {
        others.sort_unstable();
        for (_, id) in others.into_iter().take(FEWEST_OF_CLASS - found[class].min(FEWEST_OF_CLASS))
        {
            parts[id] = Part::Observed;
        }
    }
    parts
}

/// Sampled keys by the time of their last request; observed ones stand between them.
struct Order {
    taken: Places,
    slot_of: Vec<u32>,
    next_slot: usize,
    slots: usize,
}

impl Order {
    fn new(sampled: usize, keys: usize) -> Self {
        let slots = 2 * sampled + 64;
        // One more place, so that what stands above all slots has a place too.
        Self { taken: Places::below(slots + 1), slot_of: vec![NOWHERE; keys], next_slot: 0, slots }
    }

    /// Brings a key to the top; how many sampled keys lay above it, if it was there.
    fn touch(&mut self, id: u32, sampled: bool, parts: &[Part]) -> Option<usize> {
        if self.next_slot == self.slots {
            self.renumber(parts);
        }
        let slot = self.slot_of[id as usize];
        self.slot_of[id as usize] = self.next_slot as u32;
        let above = (slot != NOWHERE).then(|| {
            if sampled {
                self.taken.remove(slot as usize);
            }
            self.taken.count() - self.taken.below_count(slot as usize)
        });
        if sampled {
            self.taken.insert(self.next_slot);
            self.next_slot += 1;
        }
        above
    }

    fn delete(&mut self, id: u32, sampled: bool) {
        let slot = std::mem::replace(&mut self.slot_of[id as usize], NOWHERE);
        if slot != NOWHERE && sampled {
            self.taken.remove(slot as usize);
        }
    }

    /// Moves everything down to the lowest slots, in its order.
    fn renumber(&mut self, parts: &[Part]) {
        for (slot, part) in self.slot_of.iter_mut().zip(parts) {
            if *slot != NOWHERE && *part != Part::Left {
                *slot = self.taken.below_count(*slot as usize) as u32;
            }
        }
        self.next_slot = self.taken.count();
        self.taken.fill(self.next_slot);
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn spread(id: u64) -> u64 {
    let mut x = (id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
