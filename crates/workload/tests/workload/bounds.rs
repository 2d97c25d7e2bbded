//! Bounds agree with brute force on tiny workloads of reads, writes and deletes.

use std::collections::HashMap;
use std::path::Path;

use bakeoff_workload::Workload;
use bakeoff_workload::bounds::{LruCurve, compute_bounds};
use bakeoff_workload::compiled::{Op, WorkloadWriter};
use bakeoff_workload::source::{Sink, SourceKey, SourceRequest};
use proptest::prelude::*;

fn compiled(folder: &Path, requests: &[(u8, Op)]) -> Workload {
    let path = folder.join("tiny.bkw");
    let mut writer = WorkloadWriter::create(&path, 1).unwrap();
    for &(key, op) in requests {
        let request = SourceRequest::read(SourceKey::Number(key.into()));
        writer.accept(&SourceRequest { op, ..request }).unwrap();
    }
    writer.finish().unwrap();
    Workload::open(&path).unwrap()
}

/// Returns the maximum number of hits of any cache, found by exhaustive search.
///
/// After each read or write, a cache can keep any subset of its keys and the current key that fits.
fn best_hits(requests: &[(u8, Op)], capacity: usize) -> u64 {
    // Maximum hits so far by the set of cached keys, as a bit mask.
    let mut states: HashMap<u32, u64> = HashMap::from([(0, 0)]);
    for &(key, op) in requests {
        let bit = 1_u32 << key;
        let mut next: HashMap<u32, u64> = HashMap::new();
        for (held, hits) in states {
            let hits = hits + u64::from(op == Op::Read && held & bit != 0);
            let at_hand = if op == Op::Delete { held & !bit } else { held | bit };
            // Every subset that fits; the sets are tiny.
            let mut subset = at_hand;
            loop {
                if subset.count_ones() as usize <= capacity {
                    let best = next.entry(subset).or_default();
                    *best = hits.max(*best);
                }
                if subset == 0 {
                    break;
                }
                subset = (subset - 1) & at_hand;
            }
        }
        states = next;
    }
    states.into_values().max().unwrap_or(0)
}

/// Returns the hits of an LRU cache that is a plain list of keys.
fn naive_lru_hits(requests: &[(u8, Op)], capacity: usize) -> u64 {
    let (mut cache, mut hits) = (Vec::new(), 0);
    for &(key, op) in requests {
        let index = cache.iter().position(|&cached| cached == key);
        if let Some(index) = index {
            cache.remove(index);
            hits += u64::from(op == Op::Read);
        }
        if op != Op::Delete {
            cache.insert(0, key);
            cache.truncate(capacity);
        }
    }
    hits
}

fn requests(keys: u8, length: usize) -> impl Strategy<Value = Vec<(u8, Op)>> {
    let op = prop_oneof![6 => Just(Op::Read), 2 => Just(Op::Write), 1 => Just(Op::Delete)];
    prop::collection::vec((0..keys, op), 1..length)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn optimal_hits_equal_the_maximum_over_all_caches(
        requests in requests(6, 40),
    ) {
        let temp = tempfile::tempdir().unwrap();
        let workload = compiled(temp.path(), &requests);
        let found = compute_bounds(&workload, &[1, 2, 3, 6]);
        for (bound, capacity) in found.iter().zip([1, 2, 3, 6]) {
            prop_assert_eq!(bound.requests, requests.len() as u64);
            let reads = requests.iter().filter(|(_, op)| *op == Op::Read).count();
            prop_assert_eq!(bound.reads, reads as u64);
            prop_assert_eq!(bound.clairvoyant_hits, best_hits(&requests, capacity));
            prop_assert_eq!(bound.lru_hits, naive_lru_hits(&requests, capacity));
            prop_assert_eq!(bound.infinite_hits, best_hits(&requests, 6));
        }
    }

    #[test]
    fn the_lru_curve_equals_a_plain_lru_cache_at_every_capacity(requests in requests(40, 600)) {
        let temp = tempfile::tempdir().unwrap();
        let curve = LruCurve::compute(&compiled(temp.path(), &requests));
        for capacity in 1..=41 {
            prop_assert_eq!(curve.hits(capacity as u64), naive_lru_hits(&requests, capacity));
        }
        prop_assert_eq!(curve.hits(u64::MAX), naive_lru_hits(&requests, 41));
    }
}
