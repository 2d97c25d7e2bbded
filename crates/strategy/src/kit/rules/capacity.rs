//! Rules about capacity. After `settle` the capacity must not be exceeded by `len`, by the number
//! of keys that `get` returns, or by their weights.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::{SplitMix64, value};
use crate::{Bound, Capacity, Key, PutOptions, Strategy, Value};

/// Capacities to test. Sharded caches round the share of each shard, which the large ones show.
const CAPACITIES: [u64; 6] = [1, 7, 1_000, 1_479, 10_007, 100_003];
/// Capacities to test if each put crosses a network.
const NETWORK_CAPACITIES: [u64; 3] = [1, 7, 100];
/// Number of keys put, as a multiple of the capacity.
const OVERFILL: u64 = 10;
/// Number of keys put, as a multiple of a capacity above [`MANY_ENTRIES`]; small, so that the rule
/// takes less than a second.
const LARGE_OVERFILL: u64 = 2;
/// Largest capacity that is overfilled with [`OVERFILL`].
const MANY_ENTRIES: u64 = 2_000;
/// Number of times that an entry grows and is removed, enough to miscount a whole capacity.
const CHURN_ROUNDS: u64 = 64;
/// Capacity in bytes for the test.
const CAPACITY_BYTES: u64 = 64 << 10;

/// Returns the reason if the rule does not apply to a bound, otherwise `None`.
fn not_applicable(bound: Bound, tested: [Bound; 2]) -> Option<String> {
    match bound {
        bound if tested.contains(&bound) => None,
        Bound::None => Some(String::from("not applicable: declared unbounded")),
        Bound::ServerMemory => Some(String::from("not applicable: tested by the driver")),
        other => Some(format!("not applicable: bounded by {other:?}")),
    }
}

pub(super) fn entries<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    let bound = harness.properties().bound;
    if let Some(reason) = not_applicable(bound, [Bound::Entries, Bound::EntriesOrBytes]) {
        return Ok(reason);
    }
    let capacities: &[u64] = if S::MODE.is_sync() { &CAPACITIES } else { &NETWORK_CAPACITIES };
    let mut held = Vec::new();
    for &capacity in capacities {
        let limit = Capacity::Entries(capacity);
        held.push(harness.with_capacity(limit, |cache| overfill(cache, capacity))?);
    }
    let overshoot = held.iter().zip(capacities).map(|(held, limit)| held.saturating_sub(*limit));
    let overshoot = match overshoot.max() {
        None | Some(0) => String::new(),
        Some(most) => format!("; at most {most} above the capacity, as declared"),
    };
    Ok(format!("{held:?} entries at capacities {capacities:?} when full{overshoot}"))
}

/// Puts a multiple of the capacity and returns the number of entries at the end.
fn overfill<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    capacity: u64,
) -> Result<u64, Failure> {
    let keys = capacity * if capacity > MANY_ENTRIES { LARGE_OVERFILL } else { OVERFILL };
    let overshoot = cache.properties.capacity_overshoot;
    for id in 0..keys {
        cache.put(&value(Key::from_id(id), 1, 20))?;
        if (id + 1).is_multiple_of(capacity) {
            check_limit("len reports", cache.settled_len()?, capacity, overshoot)?;
        }
    }
    let len = cache.settled_len()?;
    let mut returned = 0;
    for id in 0..keys {
        returned += u64::from(cache.get(Key::from_id(id))?.is_some());
    }
    check_limit("get returns", returned, capacity, overshoot)?;
    // A lossy strategy may count an entry that it no longer returns.
    ensure!(
        returned == len || (cache.properties.lossy && returned < len),
        "len is {len} after settle, but get returns {returned} entries; both must be equal"
    );
    ensure!(
        returned > 0 || cache.properties.lossy,
        "the cache is empty after {keys} puts at a capacity of {capacity} entries; keep as many \
         as fit, or declare `lossy`"
    );
    Ok(returned)
}

fn check_limit(observed: &str, entries: u64, capacity: u64, overshoot: u64) -> Result<(), Failure> {
    ensure!(
        entries <= capacity + overshoot,
        "{observed} {entries} entries, {} above the capacity of {capacity} (declared overshoot: \
         {overshoot}); evict before the limit is exceeded, at the latest in settle, or declare \
         `capacity_overshoot`, as a sharded cache must that rounds the share of each shard up",
        entries - capacity
    );
    Ok(())
}

pub(super) fn bytes<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    let bound = harness.properties().bound;
    if let Some(reason) = not_applicable(bound, [Bound::Bytes, Bound::EntriesOrBytes]) {
        return Ok(reason);
    }
    harness.with_capacity(Capacity::Bytes(CAPACITY_BYTES), |cache| {
        let mut numbers = SplitMix64(harness.seed);
        let values: Vec<Value> = (0..u64::from(harness.steps(1_000, 200)))
            .map(|id| value(Key::from_id(id), 1, numbers.below(8_000) as usize))
            .collect();
        for put in &values {
            cache.put(put)?;
        }
        let held = check_bytes(cache, &values)?;
        ensure!(
            held > 0 || cache.properties.lossy,
            "the cache is empty after {} puts at a capacity of {CAPACITY_BYTES} bytes; keep as many \
             as fit, or declare `lossy`",
            values.len()
        );
        churn(cache)?;
        for put in &values {
            cache.put(put)?;
        }
        check_bytes(cache, &values)?;
        check_oversized_value(cache)?;
        check_bytes(cache, &values)?;
        Ok(format!("{held} bytes at a capacity of {CAPACITY_BYTES} bytes"))
    })
}

/// Checks the total size of the values that `get` returns against the capacity and returns it.
fn check_bytes<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    values: &[Value],
) -> Result<u64, Failure> {
    cache.settle()?;
    let mut held = 0;
    for put in values {
        held += cache.get(put.key)?.map_or(0, |answer| answer.body.len() as u64);
    }
    ensure!(
        held <= CAPACITY_BYTES,
        "get returns values of {held} bytes at a capacity of {CAPACITY_BYTES} bytes; evict before \
         the limit is exceeded, at the latest in settle"
    );
    Ok(held)
}

/// Repeatedly lets an entry grow and removes it.
///
/// A cache that counts its bytes incorrectly then exceeds its capacity or stays empty.
fn churn<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<(), Failure> {
    let key = Key::from_id(u64::MAX - 1);
    for round in 0..CHURN_ROUNDS {
        cache.put(&value(key, 2 * round, 10))?;
        cache.settle()?;
        cache.put(&value(key, 2 * round + 1, 2_000))?;
        cache.remove(key)?;
    }
    Ok(())
}

/// Checks that a value larger than the whole cache is dropped and its older version removed.
fn check_oversized_value<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<(), Failure> {
    let key = Key::from_id(u64::MAX);
    cache.put(&value(key, 1, 100))?;
    let oversized = value(key, 2, CAPACITY_BYTES as usize + 1);
    let weight = CAPACITY_BYTES as u32 + 1;
    cache.put_with(&oversized, PutOptions { weight, ttl: None })?;
    if let Some(answer) = cache.get(key)? {
        ensure!(
            answer.version == 2,
            "a value larger than the capacity was refused, but get returns the older one; remove \
             the older value when you refuse a put"
        );
    }
    cache.settle()?;
    ensure!(
        cache.get(key)?.is_none(),
        "get returns a value of {weight} bytes at a capacity of {CAPACITY_BYTES} bytes; do not keep \
         values larger than the capacity"
    );
    Ok(())
}
