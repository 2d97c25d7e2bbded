//! What fits is kept, and `len` says how much that is.

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::values::value;
use crate::{Bound, Capacity, Key, Strategy};

/// Bytes of each value in a cache that counts bytes.
const BYTES: u64 = 100;

pub(super) fn len<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        for id in 0..100 {
            cache.put(&value(Key::from_id(id), 1, 30))?;
        }
        let put = counts(cache, 100, "100 keys were put")?;
        for id in 0..50 {
            cache.put(&value(Key::from_id(id), 2, 60))?;
        }
        counts(cache, 100, "50 of 100 keys were overwritten")?;
        for id in 90..110 {
            cache.remove(Key::from_id(id))?;
        }
        let left = counts(cache, 90, "10 of 100 keys were removed")?;
        cache.clear()?;
        counts(cache, 0, "all was cleared")?;
        Ok(format!("{put} after 100 puts, {left} after ten removals, 0 after a clear"))
    })
}

/// What `len` says, which must be what is there; a strategy that may lose entries may say less.
fn counts<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    wanted: u64,
    when: &str,
) -> Result<u64, Failure> {
    let said = cache.settled_len()?;
    let right = said == wanted || (S::PROPERTIES.lossy && said < wanted);
    ensure!(right, "len says {said} after {when}; {wanted} expected");
    Ok(said)
}

pub(super) fn keeps_what_fits<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    if examiner.properties().lossy {
        return Ok(String::from("not applicable: declared lossy"));
    }
    let keys = u64::from(match examiner.properties().bound {
        Bound::None => examiner.scaled(20_000, 2_000),
        _ => examiner.scaled(1_000, 300),
    });
    let capacity = match examiner.properties().bound {
        Bound::None | Bound::ServerMemory => examiner.roomy(),
        Bound::Entries | Bound::EntriesOrBytes => Capacity::Entries(keys),
        Bound::Bytes => Capacity::Bytes(keys * BYTES),
    };
    examiner.with_capacity(capacity, |cache| {
        for id in 0..keys {
            cache.put(&value(Key::from_id(id), 1, BYTES as usize))?;
        }
        cache.settle()?;
        for id in 0..keys {
            cache.holds(&value(Key::from_id(id), 1, BYTES as usize))?;
        }
        Ok(format!("{keys} keys put at capacity {capacity:?}, all of them held"))
    })
}
