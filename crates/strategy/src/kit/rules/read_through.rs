//! Reading through the cache: loads once, then hits, and tells the truth about which it was.

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::origin::{Distant, Table};
use crate::kit::values::{same, value};
use crate::{Key, Origin, Source, Strategy};

const KEYS: u64 = 20;

/// How a rule reaches the table: at once, or by awaiting.
pub(in crate::kit) trait Reach: Origin {
    fn reach(table: &Table) -> Self;
}

impl Reach for Table {
    fn reach(table: &Table) -> Self {
        table.clone()
    }
}

impl Reach for Distant {
    fn reach(table: &Table) -> Self {
        Self(table.clone())
    }
}

pub(super) fn over<S: Strategy, E: Executor, O: Reach>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let table = cache.table();
        let origin = O::reach(&table);
        for id in 0..KEYS {
            table.commit(value(Key::from_id(id), 1, 30));
        }
        let mut hits = 0;
        for id in 0..KEYS {
            let first = read(cache, &table, &origin, Key::from_id(id))?;
            ensure!(
                first == Source::Loaded,
                "key {} was in no cache, and the read says {first:?}",
                Key::from_id(id).0
            );
        }
        for id in (0..KEYS).rev() {
            hits += u64::from(read(cache, &table, &origin, Key::from_id(id))? != Source::Loaded);
        }
        ensure!(
            hits == KEYS || S::PROPERTIES.lossy,
            "{hits} hits in the second reads of {KEYS} keys"
        );
        absent(cache, &table, &origin)?;
        invalidated(cache, &table, &origin)?;
        Ok(format!("{KEYS} loads, then {hits} hits, each from where it said"))
    })
}

/// Reads a key that the table has: the newest value must come, from where the read says.
fn read<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
    key: Key,
) -> Result<Source, Failure> {
    let before = table.loads();
    let answer = match cache.read(key, origin)? {
        Ok(answer) => answer,
        Err(error) => return Err(Failure(format!("a healthy origin, and: {error}"))),
    };
    let loads = table.loads() - before;
    let wanted = value(key, table.version(key).unwrap_or(0), 30);
    let Some(got) = &answer.value else {
        return Err(Failure(format!("key {} exists, and the read found nothing", key.0)));
    };
    same(got, &wanted)?;
    let honest = match answer.source {
        Source::Loaded => loads == 1,
        Source::Hit { .. } => loads == 0,
        // One reader, an unchanged table: nobody to join, nothing stale, nothing absent.
        Source::Joined | Source::Stale { .. } | Source::Absent => false,
    };
    ensure!(
        honest,
        "the read of key {} says {:?}, and the origin was asked {loads} times",
        key.0,
        answer.source
    );
    Ok(answer.source)
}

/// A key that nobody has is absent, again and again; it may be remembered that it is.
fn absent<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    let key = Key::from_id(KEYS);
    for _ in 0..2 {
        let answer = cache.read(key, origin)?;
        let right = answer
            .as_ref()
            .is_ok_and(|answer| answer.value.is_none() && answer.source == Source::Absent);
        ensure!(right, "neither cache nor origin has key {}, and: {answer:?}", key.0);
    }
    table.commit(value(key, 1, 30));
    cache.remove(key)?;
    read(cache, table, origin, key).map(|_| ())
}

/// After a change behind the cache's back and a `remove`, the new version is loaded.
fn invalidated<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    let key = Key::from_id(3);
    table.commit(value(key, 2, 30));
    cache.remove(key)?;
    let source = read(cache, table, origin, key)?;
    ensure!(source == Source::Loaded, "a removed key was answered as {source:?}");
    Ok(())
}
