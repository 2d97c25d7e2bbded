//! Rule about reading through the cache: one load per key, then hits, each answer with the correct
//! source.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::test_origin::{Table, TestOrigin};
use crate::kit::values::{check_equal, value};
use crate::{Key, Origin, Source, Strategy};

const KEYS: u64 = 20;

pub(super) fn reads<S: Strategy, E: Executor, O: TestOrigin>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table = cache.new_table();
        let origin = O::over(&table);
        for id in 0..KEYS {
            table.commit(value(Key::from_id(id), 1, 30));
        }
        let mut hits = 0;
        for id in 0..KEYS {
            let first = read(cache, &table, &origin, Key::from_id(id))?;
            ensure!(
                first == Source::Loaded,
                "key {} was not cached, but its read reports {first:?}, expected Loaded",
                Key::from_id(id).0
            );
        }
        for id in (0..KEYS).rev() {
            hits += u64::from(read(cache, &table, &origin, Key::from_id(id))? != Source::Loaded);
        }
        ensure!(
            hits == KEYS || cache.properties.lossy,
            "{KEYS} keys were read twice, and {hits} of the second reads were hits, expected all; \
             put loaded values into the cache"
        );
        check_absent_key(cache, &table, &origin)?;
        check_reload_after_remove(cache, &table, &origin)?;
        Ok(format!(
            "{KEYS} keys read twice: {KEYS} loads, then {hits} hits, all reported correctly"
        ))
    })
}

/// Reads a key that the origin has; checks the value and the reported source.
fn read<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
    key: Key,
) -> Result<Source, Failure> {
    let before = table.loads();
    let answer = match cache.read(key, origin)? {
        Ok(answer) => answer,
        Err(error) => {
            return Err(Failure(format!(
                "the origin did not fail, but the read of key {} returned its error: {error}",
                key.0
            )));
        }
    };
    let loads = table.loads() - before;
    let expected = value(key, table.version(key).unwrap_or(0), 30);
    let Some(got) = &answer.value else {
        return Err(Failure(format!(
            "the origin has key {}, but the read returned no value; return what the origin loads",
            key.0
        )));
    };
    check_equal(got, &expected)?;
    let correct = match answer.source {
        Source::Loaded => loads == 1,
        Source::Hit { .. } => loads == 0,
        // With one reader and an unchanged table, there is no load to join and no stale value.
        Source::Joined | Source::Stale { .. } | Source::Absent => false,
    };
    ensure!(
        correct,
        "the read of key {} reports {:?}, but the origin was asked {loads} times; report Loaded \
         after exactly one load and Hit without one",
        key.0,
        answer.source
    );
    Ok(answer.source)
}

/// Checks that a key without a row is absent, and that it is found once the row exists.
fn check_absent_key<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    let key = Key::from_id(KEYS);
    for _ in 0..2 {
        let answer = cache.read(key, origin)?;
        let correct = answer
            .as_ref()
            .is_ok_and(|answer| answer.value.is_none() && answer.source == Source::Absent);
        ensure!(
            correct,
            "neither the cache nor the origin has key {}, but the read returned {answer:?}; \
             expected no value and the source Absent",
            key.0
        );
    }
    table.commit(value(key, 1, 30));
    cache.remove(key)?;
    read(cache, table, origin, key).map(|_| ())
}

/// Checks that a new version is loaded after the origin changed and the key was removed.
fn check_reload_after_remove<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    let key = Key::from_id(3);
    table.commit(value(key, 2, 30));
    cache.remove(key)?;
    let source = read(cache, table, origin, key)?;
    ensure!(
        source == Source::Loaded,
        "key {} was removed, but the next read reports {source:?}, expected Loaded",
        key.0
    );
    Ok(())
}
