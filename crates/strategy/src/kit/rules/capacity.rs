//! The capacity is never exceeded once settled, however entries are counted: by `len`, by asking
//! for every key, by the weights of what answers.

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::values::{Numbers, value};
use crate::{Bound, Capacity, Key, PutOptions, Strategy, Value};

/// Each capacity is overfilled by this factor.
const OVERFILL: u64 = 10;
/// Rounds of churn, enough to lose count of a whole capacity.
const CHURN: u64 = 64;
/// The capacity that is tried in bytes.
const BYTES: u64 = 64 << 10;

/// What to say of a bound that this rule cannot try; `None` where it can.
fn beside(bound: Bound, tried: [Bound; 2]) -> Option<String> {
    match bound {
        bound if tried.contains(&bound) => None,
        Bound::None => Some(String::from("not declared: unbounded")),
        Bound::ServerMemory => Some(String::from("not applicable here, tried by the driver")),
        other => Some(format!("not declared: bounded by {other:?}")),
    }
}

pub(super) fn entries<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    let bound = examiner.properties().bound;
    if let Some(why) = beside(bound, [Bound::Entries, Bound::EntriesOrBytes]) {
        return Ok(why);
    }
    let capacities = [1, 7, u64::from(examiner.scaled(1_000, 100))];
    let mut held = Vec::new();
    for capacity in capacities {
        let limit = Capacity::Entries(capacity);
        held.push(examiner.with_capacity(limit, |cache| overfill(cache, capacity))?);
    }
    Ok(format!("{held:?} held at capacities {capacities:?}, each overfilled {OVERFILL} times"))
}

/// Puts more and more keys, and returns how many are held in the end.
fn overfill<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    capacity: u64,
) -> Result<u64, Failure> {
    let keys = capacity * OVERFILL;
    for id in 0..keys {
        cache.put(&value(Key::from_id(id), 1, 20))?;
        if (id + 1).is_multiple_of(capacity) {
            let said = cache.settled_len()?;
            ensure!(said <= capacity, "len says {said} at a capacity of {capacity} entries");
        }
    }
    let said = cache.settled_len()?;
    let mut answered = 0;
    for id in 0..keys {
        answered += u64::from(cache.get(Key::from_id(id))?.is_some());
    }
    ensure!(
        answered <= capacity,
        "{answered} keys are answered at a capacity of {capacity} entries"
    );
    ensure!(answered == said, "len says {said}, and {answered} keys are answered");
    ensure!(
        answered > 0 || S::PROPERTIES.lossy,
        "nothing is held at a capacity of {capacity} entries after {keys} keys were put"
    );
    Ok(answered)
}

pub(super) fn bytes<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    let bound = examiner.properties().bound;
    if let Some(why) = beside(bound, [Bound::Bytes, Bound::EntriesOrBytes]) {
        return Ok(why);
    }
    examiner.with_capacity(Capacity::Bytes(BYTES), |cache| {
        let mut numbers = Numbers(examiner.seed);
        let values: Vec<Value> = (0..u64::from(examiner.scaled(1_000, 200)))
            .map(|id| value(Key::from_id(id), 1, numbers.below(8_000) as usize))
            .collect();
        for put in &values {
            cache.put(put)?;
        }
        let held = weigh(cache, &values)?;
        ensure!(
            held > 0 || S::PROPERTIES.lossy,
            "nothing is held at a capacity of {BYTES} bytes after {} values were put",
            values.len()
        );
        churn(cache)?;
        for put in &values {
            cache.put(put)?;
        }
        weigh(cache, &values)?;
        refuses_the_overlarge(cache)?;
        weigh(cache, &values)?;
        Ok(format!("{held} bytes held at a capacity of {BYTES}"))
    })
}

/// Bytes of all values that answer; demands that they are within the capacity.
fn weigh<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    values: &[Value],
) -> Result<u64, Failure> {
    cache.settle()?;
    let mut held = 0;
    for put in values {
        held += cache.get(put.key)?.map_or(0, |answer| answer.body.len() as u64);
    }
    ensure!(held <= BYTES, "{held} bytes are answered at a capacity of {BYTES} bytes");
    Ok(held)
}

/// Values that grow and are removed at once: a cache that counts its bytes as it goes must not
/// lose count of them.
fn churn<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<(), Failure> {
    let key = Key::from_id(u64::MAX - 1);
    for round in 0..CHURN {
        cache.put(&value(key, 2 * round, 10))?;
        cache.settle()?;
        cache.put(&value(key, 2 * round + 1, 2_000))?;
        cache.remove(key)?;
    }
    Ok(())
}

/// A value larger than the whole cache may be refused; the older value must not stay.
fn refuses_the_overlarge<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<(), Failure> {
    let key = Key::from_id(u64::MAX);
    cache.put(&value(key, 1, 100))?;
    let overlarge = value(key, 2, BYTES as usize + 1);
    let weight = BYTES as u32 + 1;
    cache.put_with(&overlarge, PutOptions { weight, ttl: None })?;
    if let Some(answer) = cache.get(key)? {
        ensure!(
            answer.version == 2,
            "a value larger than the cache was refused, and the older one is still answered"
        );
    }
    cache.settle()?;
    ensure!(
        cache.get(key)?.is_none(),
        "a value of {weight} bytes is held at a capacity of {BYTES} bytes"
    );
    Ok(())
}
