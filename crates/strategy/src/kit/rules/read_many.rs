//! `read_many` answers what as many reads would, in the same order, and loads what is missing.

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::origin::{Distant, Table};
use crate::kit::values::{same, value};
use crate::{Key, Read, Source, Strategy};

/// Keys that the table has.
const KEYS: u64 = 20;

pub(super) fn same_as_reads<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let table = cache.table();
        for id in 0..KEYS {
            table.commit(value(Key::from_id(id), id, 30));
        }
        ensure!(read(cache, &table, &[])?.is_empty(), "answers to no keys");
        // Some of them alone, so that the rest is what is missing below.
        for id in (0..KEYS).step_by(3) {
            let one = cache.read(Key::from_id(id), &Distant(table.clone()))?;
            ensure!(one.is_ok(), "a healthy origin, and: {one:?}");
        }
        // Out of order; nobody has the last one.
        let ids = [7, 3, 9, 0, 19, 4, KEYS];
        let first = read(cache, &table, &ids)?;
        ensure!(
            first[0].source == Source::Loaded,
            "key 7 was in no cache, and the read says {:?}",
            first[0].source
        );
        let hits = |reads: &[Read]| {
            reads.iter().filter(|read| matches!(read.source, Source::Hit { .. })).count()
        };
        let again = read(cache, &table, &ids)?;
        ensure!(
            S::PROPERTIES.lossy || (hits(&first), hits(&again)) == (3, 6),
            "{} and {} hits in two reads of 3 and 6 keys that were read before",
            hits(&first),
            hits(&again)
        );
        Ok(format!("{} hits of {} keys together, then {}", hits(&first), ids.len(), hits(&again)))
    })
}

/// Reads keys together: each answer must be its own key's, from where it says.
fn read<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    ids: &[u64],
) -> Result<Vec<Read>, Failure> {
    let before = table.loads();
    let keys: Vec<Key> = ids.iter().map(|&id| Key::from_id(id)).collect();
    let reads = match cache.read_many(&keys, &Distant(table.clone()))? {
        Ok(reads) => reads,
        Err(error) => return Err(Failure(format!("a healthy origin, and: {error}"))),
    };
    ensure!(reads.len() == keys.len(), "{} answers to {} keys", reads.len(), keys.len());
    let mut loaded = 0;
    for ((&id, &key), read) in ids.iter().zip(&keys).zip(&reads) {
        match (&read.value, read.source) {
            (Some(answer), Source::Loaded | Source::Hit { .. }) if id < KEYS => {
                same(answer, &value(key, id, 30))?;
                loaded += u64::from(read.source == Source::Loaded);
            }
            // Whether the origin was asked is the cache's choice: it may remember that.
            (None, Source::Absent) if id == KEYS => {}
            _ => return Err(Failure(format!("key {} came back as {read:?}", key.0))),
        }
    }
    let loads = table.loads() - before;
    let most = loaded + u64::from(ids.contains(&KEYS));
    ensure!(
        (loaded..=most).contains(&loads),
        "{loaded} keys are said to be loaded, and the origin was asked {loads} times"
    );
    Ok(reads)
}
