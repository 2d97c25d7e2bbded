//! What a strategy says of itself is true: evictions are entries that had to go, nothing else.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Bound, Capacity, Key, Strategy};

const CAPACITY: u64 = 10;
const KEYS: u64 = 100;

pub(super) fn counts_evictions<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    let told = examiner.with_roomy(|cache| {
        for version in 1..=2 {
            for id in 0..KEYS {
                cache.put(&value(Key::from_id(id), version, 20))?;
            }
        }
        for id in 0..KEYS / 2 {
            cache.remove(Key::from_id(id))?;
        }
        cache.settle()?;
        let told = cache.snapshot()?.evictions;
        let lossy = examiner.properties().lossy;
        ensure!(
            lossy || told.is_none_or(|evictions| evictions == 0),
            "{} evictions are told of a cache with room: overwriting and removing are none",
            told.unwrap_or(0)
        );
        Ok(told)
    })?;
    if told.is_none() {
        return Ok(String::from("not declared: it does not count evictions"));
    }
    if !matches!(examiner.properties().bound, Bound::Entries | Bound::EntriesOrBytes) {
        return Ok(String::from("no evictions where there is room"));
    }
    examiner.with_capacity(Capacity::Entries(CAPACITY), |cache| {
        for id in 0..KEYS {
            cache.put(&value(Key::from_id(id), 1, 20))?;
        }
        let gone = KEYS - cache.settled_len()?;
        let evictions = cache.snapshot()?.evictions.unwrap_or(0);
        ensure!(
            evictions == gone || (examiner.properties().lossy && evictions < gone),
            "{evictions} evictions are told, and {gone} of {KEYS} entries are gone"
        );
        Ok(format!("{evictions} evictions told of {gone} entries that had to go"))
    })
}
