//! Rule about the declared eviction policy: a policy with an exact definition hits and misses like
//! its model.

use crate::kit::cache::Cache;
use crate::kit::eviction_model::EvictionModel;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::{SplitMix64, value};
use crate::{Bound, Capacity, Eviction, Key, Strategy};

/// Capacity in entries.
const CAPACITY: u64 = 50;
/// Number of keys, several times the capacity.
const KEYS: u64 = 400;

pub(super) fn follows_policy<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    let declared = harness.properties();
    let policy = declared.evicts;
    if !policy.is_exact() {
        return Ok(format!("not applicable: {policy:?} has no exact definition"));
    }
    if !matches!(declared.bound, Bound::Entries | Bound::EntriesOrBytes) {
        return Ok(String::from("not applicable: not bounded by entries"));
    }
    let reads = u64::from(harness.steps(20_000, 1_000));
    let observed = harness
        .with_capacity(Capacity::Entries(CAPACITY), |cache| compare(cache, policy, reads))?;
    let HitComparison { hits, model_hits, first_difference } = observed;
    let percent = |hits: u64| 100.0 * hits as f64 / reads as f64;
    let Some(read) = first_difference else {
        return Ok(format!("{reads} reads hit and miss exactly like {policy:?}"));
    };
    let figures = format!(
        "{:.1} % hits where {policy:?} has {:.1} %; the first of {reads} reads that differs is \
         read {read}",
        percent(hits),
        percent(model_hits)
    );
    // A lossy cache, such as a sharded one, follows its policy only within each shard.
    ensure!(
        declared.lossy,
        "{figures}; evict as the policy is defined, or declare `evicts: Eviction::Other`"
    );
    Ok(format!("a lossy cache need not match the policy exactly: {figures}"))
}

/// Hits of the cache and of the model on the same reads.
struct HitComparison {
    hits: u64,
    model_hits: u64,
    /// Number, from 1, of the first read that hits in only one of cache and model.
    first_difference: Option<u64>,
}

/// Replays skewed reads, with a put after each miss.
fn compare<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    policy: Eviction,
    reads: u64,
) -> Result<HitComparison, Failure> {
    let mut numbers = SplitMix64(11);
    let mut model = EvictionModel::new(policy, CAPACITY as usize);
    let mut observed = HitComparison { hits: 0, model_hits: 0, first_difference: None };
    for read in 1..=reads {
        let limit = numbers.below(KEYS) + 1;
        let id = numbers.below(limit);
        let key = Key::from_id(id);
        let hit = cache.get(key)?.is_some();
        if !hit {
            cache.put(&value(key, 1, 20))?;
        }
        let model_hit = model.read(id);
        observed.hits += u64::from(hit);
        observed.model_hits += u64::from(model_hit);
        if hit != model_hit && observed.first_difference.is_none() {
            observed.first_difference = Some(read);
        }
    }
    Ok(observed)
}
