//! Rule about leaks: values that were evicted, replaced, removed or cleared are released.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::live_values::LiveValues;
use crate::{Bound, Capacity, Key, Strategy};

/// Capacity in entries of the cache that has to evict.
const ENTRIES: u64 = 50;
/// Length of each value. A capacity in bytes is a multiple of it.
const VALUE_BYTES: usize = 64;
/// Number of values that may exist in addition to the cached ones.
///
/// Covers caches that release memory in batches, such as with epoch-based reclamation.
const MAX_EXTRA_VALUES: u64 = 256;
/// Number of calls of `settle` in which delayed releases must finish.
const SETTLES: u32 = 200;

pub(super) fn releases_values<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    // A leak of one value in ten exceeds the slack in a strategy in this process.
    let operations = u64::from(harness.steps(4_000, 1_000));
    let capacity = match harness.properties().bound {
        Bound::Entries | Bound::EntriesOrBytes => Some(Capacity::Entries(ENTRIES)),
        Bound::Bytes => Some(Capacity::Bytes(ENTRIES * VALUE_BYTES as u64)),
        Bound::None | Bound::ServerMemory => None,
    };
    if let Some(capacity) = capacity {
        harness.with_capacity(capacity, |cache| {
            let live = LiveValues::default();
            for id in 0..operations {
                cache.put(&live.value(Key::from_id(id), 1, VALUE_BYTES))?;
            }
            check_released(cache, &live, ENTRIES, &format!("{operations} keys were put"))
        })?;
    }
    harness.with_ample_cache(|cache| {
        let live = LiveValues::default();
        for step in 0..operations {
            cache.put(&live.value(Key::from_id(step % ENTRIES), step, VALUE_BYTES))?;
        }
        let action = format!("{ENTRIES} keys were overwritten {operations} times");
        check_released(cache, &live, ENTRIES, &action)
    })?;
    harness.with_ample_cache(|cache| {
        let live = LiveValues::default();
        for id in 0..operations {
            cache.put(&live.value(Key::from_id(id), 1, VALUE_BYTES))?;
            cache.remove(Key::from_id(id))?;
        }
        check_released(cache, &live, 0, &format!("{operations} keys were put and removed"))?;
        for id in 0..operations {
            cache.put(&live.value(Key::from_id(id), 2, VALUE_BYTES))?;
        }
        cache.clear()?;
        check_released(cache, &live, 0, &format!("{operations} keys were put and cleared"))
    })?;
    let evicted = if capacity.is_some() { "evicted, " } else { "" };
    Ok(format!("{evicted}replaced, removed and cleared values are released: {operations} of each"))
}

/// Checks that few more values exist than the cache may hold.
fn check_released<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    live: &LiveValues,
    held: u64,
    action: &str,
) -> Result<(), Failure> {
    for _ in 0..SETTLES {
        cache.settle()?;
        if live.count() <= held + MAX_EXTRA_VALUES {
            return Ok(());
        }
        // Some caches release memory only during later requests.
        cache.get(Key::from_id(u64::MAX))?;
    }
    Err(Failure(format!(
        "{action}: {} values are still in memory, expected at most {held}; release each value \
         when its entry is evicted, replaced, removed or cleared",
        live.count()
    )))
}
