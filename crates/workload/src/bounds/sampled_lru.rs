//! LRU curve estimated from a sample of the keys.
//!
//! SHARDS (C. A. Waldspurger, N. Park, A. Garthwaite and I. Ahmad, FAST 2015) samples keys by
//! hash: either all requests of a key are in the sample or none. The depth of a key among the
//! sampled keys, divided by the sampling rate, estimates its depth among all keys.
//!
//! On short traces, the result of plain SHARDS depends on which popular keys happen to be sampled.
//! A first pass therefore counts the requests of each key and groups the keys into frequency
//! classes, one per power of two. A class with too few sampled keys gets additional observed keys:
//! their depths are measured, but they do not add to the depth of other keys. The measured reads
//! of a class are weighted so that they represent all its reads.

use bakeoff_compiled::{Op, Workload};
use serde::Serialize;

use super::replayed_requests::ReplayedRequests;
use crate::rank_select::RankedSet;

/// Minimum number of sampled keys; a sampling rate that yields fewer is raised.
///
/// With fewer keys, the steps of the curve at small capacities would be displaced.
pub const MIN_SAMPLED_KEYS: u64 = 131_072;
/// Minimum number of sampled and observed keys per frequency class; smaller classes use all keys.
const MIN_KEYS_PER_CLASS: usize = 32;
/// Number of frequency classes: no requests, and one per bit length of a 32-bit count.
const CLASSES: usize = 33;
const ABSENT: u32 = u32::MAX;

/// Estimated LRU curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampledCurve {
    /// Sampled share of the keys, 0 to 1.
    pub rate: f64,
    /// Number of sampled keys.
    pub sampled_keys: u64,
    /// Number of requests of sampled or observed keys.
    pub sampled_requests: u64,
    /// At index n: share of all reads whose key has fewer than n sampled keys above it.
    hits: Vec<f64>,
}

/// Role of a key in the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyRole {
    Ignored,
    /// The depths of the key are measured, but the key does not add to the depth of other keys.
    Observed,
    Sampled,
}

impl SampledCurve {
    /// Estimates the curve from the share `rate` of the keys, but at least [`MIN_SAMPLED_KEYS`].
    #[must_use]
    pub fn estimate(workload: &Workload, rate: f64) -> Self {
        Self::estimate_with_minimum(workload, rate, MIN_SAMPLED_KEYS)
    }

    /// Estimates the curve from the share `rate` of the keys, but at least `min_keys`.
    #[must_use]
    pub fn estimate_with_minimum(workload: &Workload, rate: f64, min_keys: u64) -> Self {
        let requests = ReplayedRequests::new(workload);
        let keys = workload.header().unique_keys;
        let rate = rate.max(min_keys as f64 / keys.max(1) as f64).min(1.0);
        let classes = FrequencyClasses::new(requests, keys as usize, rate);
        let sampled_keys = classes.roles.iter().filter(|&&role| role == KeyRole::Sampled).count();
        let reads = workload.header().reads.max(1) as f64;
        let (mut hits, sampled_requests) = classes.hits(requests, sampled_keys, reads);
        let mut sum = 0.0;
        for share in &mut hits {
            sum += std::mem::replace(share, sum);
        }
        hits.push(sum);
        Self {
            // Depths are scaled by the actual rate, not by the requested one.
            rate: sampled_keys as f64 / keys.max(1) as f64,
            sampled_keys: sampled_keys as u64,
            sampled_requests,
            hits,
        }
    }

    /// Returns the estimated hit ratio of an LRU cache of `capacity_entries`, 0 to 1.
    #[must_use]
    pub fn hit_ratio(&self, capacity_entries: u64) -> f64 {
        // A depth of k sampled keys corresponds to k / rate to (k + 1) / rate keys: interpolate.
        let last = self.hits.len() - 1;
        let depth = (capacity_entries as f64 * self.rate).min(last as f64);
        let whole = depth.floor() as usize;
        let (below, above) = (self.hits[whole], self.hits[(whole + 1).min(last)]);
        (below + (above - below) * (depth - depth.floor())).clamp(0.0, 1.0)
    }
}

/// Keys grouped by their number of requests, with their roles.
struct FrequencyClasses {
    roles: Vec<KeyRole>,
    /// Number of reads that one measured read represents, by class.
    weights: [f64; CLASSES],
    class_of: Vec<u8>,
}

impl FrequencyClasses {
    fn new(requests: ReplayedRequests<'_>, keys: usize, rate: f64) -> Self {
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
        let mut roles = assign_roles(&class_of, rate);
        let mut all_reads = [0.0; CLASSES];
        let mut measured_reads = [0.0; CLASSES];
        for (id, &class) in class_of.iter().enumerate() {
            let class = usize::from(class);
            let reads = f64::from(reads.get(id).copied().unwrap_or(counts[id]));
            all_reads[class] += reads;
            if roles[id] != KeyRole::Ignored {
                measured_reads[class] += reads;
            }
        }
        let weights = std::array::from_fn(|class| {
            let measured = measured_reads[class];
            if measured > 0.0 { all_reads[class] / measured } else { 1.0 }
        });
        if rate >= 1.0 {
            roles.fill(KeyRole::Sampled);
        }
        Self { roles, weights, class_of }
    }

    /// Returns the weighted share of reads at each depth, and the number of processed requests.
    ///
    /// The depth of a read is the number of sampled keys above its key.
    fn hits(&self, requests: ReplayedRequests<'_>, sampled: usize, reads: f64) -> (Vec<f64>, u64) {
        let mut stack = SampledStack::new(sampled, self.roles.len());
        let mut hits = vec![0.0; sampled + 1];
        let mut processed = 0;
        for (index, &id) in requests.ids.iter().enumerate() {
            let role = self.roles[id as usize];
            if role == KeyRole::Ignored {
                continue;
            }
            processed += 1;
            let op = requests.op(index);
            if op == Op::Delete {
                stack.delete(id, role == KeyRole::Sampled);
                continue;
            }
            let above = stack.touch(id, role == KeyRole::Sampled, &self.roles);
            if let (Some(above), Op::Read) = (above, op) {
                let class = usize::from(self.class_of[id as usize]);
                hits[above] += self.weights[class] / reads;
            }
        }
        (hits, processed)
    }
}

/// Assigns a role to each key.
///
/// Keys with a hash below the rate are sampled. In classes with too few sampled keys, the keys with
/// the next lowest hashes are observed.
fn assign_roles(class_of: &[u8], rate: f64) -> Vec<KeyRole> {
    // 2^64 as a float; the cast saturates.
    let threshold = (rate * 18_446_744_073_709_551_616.0) as u64;
    let mut sampled_count = [0_usize; CLASSES];
    let mut roles: Vec<KeyRole> = (0..)
        .zip(class_of)
        .map(|(id, &class)| {
            let sampled = hash(id) < threshold;
            sampled_count[usize::from(class)] += usize::from(sampled);
            if sampled { KeyRole::Sampled } else { KeyRole::Ignored }
        })
        .collect();
    let mut candidates: Vec<Vec<(u64, usize)>> = vec![Vec::new(); CLASSES];
    for (id, &class) in class_of.iter().enumerate() {
        let class = usize::from(class);
        if roles[id] == KeyRole::Ignored && sampled_count[class] < MIN_KEYS_PER_CLASS {
            candidates[class].push((hash(id as u64), id));
        }
    }
    for (class, mut keys) in candidates.into_iter().enumerate() {
        keys.sort_unstable();
        for (_, id) in
            keys.into_iter().take(MIN_KEYS_PER_CLASS.saturating_sub(sampled_count[class]))
        {
            roles[id] = KeyRole::Observed;
        }
    }
    roles
}

/// Sampled keys in the order of their last request, with observed keys between them.
struct SampledStack {
    /// Slots occupied by sampled keys.
    occupied: RankedSet,
    /// Slot of each key id; an observed key shares the slot of the sampled key used after it.
    slot_of: Vec<u32>,
    next_slot: usize,
    slots: usize,
}

impl SampledStack {
    fn new(sampled: usize, keys: usize) -> Self {
        let slots = 2 * sampled + 64;
        // One more than `slots`: an observed key can be above all slots.
        let occupied = RankedSet::new(slots + 1);
        Self { occupied, slot_of: vec![ABSENT; keys], next_slot: 0, slots }
    }

    /// Moves a key to the top and returns how many sampled keys were above it; `None` if new.
    fn touch(&mut self, id: u32, sampled: bool, roles: &[KeyRole]) -> Option<usize> {
        if self.next_slot == self.slots {
            self.compact(roles);
        }
        let slot = self.slot_of[id as usize];
        self.slot_of[id as usize] = self.next_slot as u32;
        let above = (slot != ABSENT).then(|| {
            if sampled {
                self.occupied.remove(slot as usize);
            }
            self.occupied.len() - self.occupied.rank(slot as usize)
        });
        if sampled {
            self.occupied.insert(self.next_slot);
            self.next_slot += 1;
        }
        above
    }

    fn delete(&mut self, id: u32, sampled: bool) {
        let slot = std::mem::replace(&mut self.slot_of[id as usize], ABSENT);
        if slot != ABSENT && sampled {
            self.occupied.remove(slot as usize);
        }
    }

    /// Moves all keys to the lowest slots without changing their order.
    fn compact(&mut self, roles: &[KeyRole]) {
        for (slot, role) in self.slot_of.iter_mut().zip(roles) {
            if *slot != ABSENT && *role != KeyRole::Ignored {
                *slot = self.occupied.rank(*slot as usize) as u32;
            }
        }
        self.next_slot = self.occupied.len();
        self.occupied.set_range(self.next_slot);
    }
}

/// Hashes an id with the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn hash(id: u64) -> u64 {
    let mut x = (id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
