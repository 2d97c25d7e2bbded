//! Rules about size: the cache keeps entries that fit, and `len` and `snapshot` report correct
//! counts.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::value;
use crate::{Bound, Capacity, Key, Strategy};

/// Length of each value, for a capacity in bytes.
const VALUE_BYTES: u64 = 100;
/// Capacity in entries of the cache that has to evict.
const SMALL_CAPACITY: u64 = 10;
/// Number of keys that the rule about evictions puts.
const KEYS: u64 = 100;

pub(super) fn len<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        for id in 0..100 {
            cache.put(&value(Key::from_id(id), 1, 30))?;
        }
        let put = check_len(cache, 100, "100 keys were put")?;
        for id in 0..50 {
            cache.put(&value(Key::from_id(id), 2, 60))?;
        }
        check_len(cache, 100, "50 of the 100 keys were overwritten")?;
        for id in 90..110 {
            cache.remove(Key::from_id(id))?;
        }
        let left = check_len(cache, 90, "10 of the 100 keys were removed")?;
        cache.clear()?;
        check_len(cache, 0, "the cache was cleared")?;
        Ok(format!("len is {put} after 100 puts, {left} after 10 removals, 0 after a clear"))
    })
}

/// Checks `len` and returns it. A lossy strategy may have fewer entries than `expected`.
fn check_len<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    expected: u64,
    action: &str,
) -> Result<u64, Failure> {
    let len = cache.settled_len()?;
    let correct = len == expected || (cache.properties.lossy && len < expected);
    ensure!(
        correct,
        "{action}: len is {len}, expected {expected}; count entries, not puts, and count exactly \
         after settle"
    );
    Ok(len)
}

pub(super) fn keeps_what_fits<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    if harness.properties().lossy {
        return Ok(String::from("not applicable: declared lossy"));
    }
    let keys = u64::from(match harness.properties().bound {
        Bound::None => harness.steps(20_000, 2_000),
        _ => harness.steps(1_000, 300),
    });
    let capacity = match harness.properties().bound {
        Bound::None | Bound::ServerMemory => harness.ample_capacity(),
        Bound::Entries | Bound::EntriesOrBytes => Capacity::Entries(keys),
        Bound::Bytes => Capacity::Bytes(keys * VALUE_BYTES),
    };
    harness.with_capacity(capacity, |cache| {
        for id in 0..keys {
            cache.put(&value(Key::from_id(id), 1, VALUE_BYTES as usize))?;
        }
        cache.settle()?;
        for id in 0..keys {
            cache.check_held(&value(Key::from_id(id), 1, VALUE_BYTES as usize))?;
        }
        Ok(format!("{keys} keys put at capacity {capacity:?}, all still cached"))
    })
}

pub(super) fn counts_evictions<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    let reported = harness.with_ample_cache(|cache| {
        for version in 1..=2 {
            for id in 0..KEYS {
                cache.put(&value(Key::from_id(id), version, 20))?;
            }
        }
        for id in 0..KEYS / 2 {
            cache.remove(Key::from_id(id))?;
        }
        cache.settle()?;
        let reported = cache.snapshot()?.evictions;
        let lossy = harness.properties().lossy;
        ensure!(
            lossy || reported.is_none_or(|evictions| evictions == 0),
            "{} evictions reported by a cache that never filled up, expected 0; do not count \
             overwrites and removals as evictions",
            reported.unwrap_or(0)
        );
        Ok(reported)
    })?;
    if reported.is_none() {
        return Ok(String::from("not applicable: the strategy does not count evictions"));
    }
    if !matches!(harness.properties().bound, Bound::Entries | Bound::EntriesOrBytes) {
        return Ok(String::from("no evictions reported while the cache was not full"));
    }
    harness.with_capacity(Capacity::Entries(SMALL_CAPACITY), |cache| {
        for id in 0..KEYS {
            cache.put(&value(Key::from_id(id), 1, 20))?;
        }
        let evicted = KEYS - cache.settled_len()?;
        let reported = cache.snapshot()?.evictions.unwrap_or(0);
        ensure!(
            reported == evicted || (harness.properties().lossy && reported < evicted),
            "{KEYS} keys were put and {evicted} evicted, but snapshot reports {reported} \
             evictions; count every entry that is evicted because the cache is full"
        );
        Ok(format!("{reported} evictions reported for {evicted} evicted entries"))
    })
}
