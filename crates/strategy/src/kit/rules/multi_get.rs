//! Rules about `get_many` and `read_many`: they return the same as single requests, in the order of
//! the keys.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::test_origin::{AsyncTable, Table};
use crate::kit::values::{check_equal, value};
use crate::{Key, Read, Source, Strategy};

/// Number of keys that the origin has, with ids from 0.
const KEYS: u64 = 20;

pub(super) fn get_many<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        for id in 0..40 {
            cache.put(&value(Key::from_id(id), id, 30))?;
        }
        let none = cache.get_many(&[])?;
        ensure!(none.is_empty(), "get_many of 0 keys returned {} answers, expected 0", none.len());
        // Unordered, with duplicates and keys that were never put.
        let ids = [17, 3, 3, 99, 0, 39, 41, 17, 20, 5, 98];
        let keys = ids.map(Key::from_id);
        let answers = cache.get_many(&keys)?;
        check_count("get_many", answers.len(), keys.len())?;
        let mut answered = 0;
        for ((id, key), answer) in ids.into_iter().zip(keys).zip(&answers) {
            match answer {
                Some(answer) => {
                    check_equal(answer, &value(key, id, 30))?;
                    answered += 1;
                }
                None => {
                    let alone = cache.get(key)?;
                    ensure!(
                        alone.is_none() || cache.properties.lossy,
                        "get returned a value for key {}, but get_many returned none; both must \
                         return the same",
                        key.0
                    );
                }
            }
        }
        Ok(format!("get_many of {} keys in mixed order returned {answered} values", keys.len()))
    })
}

pub(super) fn read_many<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table = cache.new_table();
        for id in 0..KEYS {
            table.commit(value(Key::from_id(id), id, 30));
        }
        let none = read_all(cache, &table, &[])?;
        ensure!(none.is_empty(), "read_many of 0 keys returned {} answers, expected 0", none.len());
        // Cache only every third key, so that some of the keys requested below are missing.
        for id in (0..KEYS).step_by(3) {
            let one = cache.read(Key::from_id(id), &AsyncTable(table.clone()))?;
            ensure!(one.is_ok(), "the origin did not fail, but a read returned its error: {one:?}");
        }
        // Unordered; the origin does not have the last one.
        let ids = [7, 3, 9, 0, 19, 4, KEYS];
        let first = read_all(cache, &table, &ids)?;
        ensure!(
            first[0].source == Source::Loaded,
            "key 7 was not cached, but its read reports {:?}, expected Loaded",
            first[0].source
        );
        let hits = |reads: &[Read]| {
            reads.iter().filter(|read| matches!(read.source, Source::Hit { .. })).count()
        };
        let again = read_all(cache, &table, &ids)?;
        ensure!(
            cache.properties.lossy || (hits(&first), hits(&again)) == (3, 6),
            "two calls of read_many with 3, then 6 cached keys report {} and {} hits; put loaded \
             values into the cache and return cached ones as hits",
            hits(&first),
            hits(&again)
        );
        Ok(format!(
            "{} hits among {} keys in the first read_many, {} in the second",
            hits(&first),
            ids.len(),
            hits(&again)
        ))
    })
}

fn check_count(method: &str, answers: usize, keys: usize) -> Result<(), Failure> {
    ensure!(
        answers == keys,
        "{method} of {keys} keys returned {answers} answers; return one per key"
    );
    Ok(())
}

/// Calls `read_many` and checks each answer and the number of loads.
fn read_all<S: Strategy, E: Executor>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    ids: &[u64],
) -> Result<Vec<Read>, Failure> {
    let before = table.loads();
    let keys: Vec<Key> = ids.iter().map(|&id| Key::from_id(id)).collect();
    let reads = match cache.read_many(&keys, &AsyncTable(table.clone()))? {
        Ok(reads) => reads,
        Err(error) => {
            return Err(Failure(format!(
                "the origin did not fail, but read_many returned its error: {error}"
            )));
        }
    };
    check_count("read_many", reads.len(), keys.len())?;
    let mut loaded = 0;
    for ((&id, &key), read) in ids.iter().zip(&keys).zip(&reads) {
        match (&read.value, read.source) {
            (Some(answer), Source::Loaded | Source::Hit { .. }) if id < KEYS => {
                check_equal(answer, &value(key, id, 30))?;
                loaded += u64::from(read.source == Source::Loaded);
            }
            (None, Source::Absent) if id == KEYS => {}
            _ => {
                let expected = if id < KEYS { "its value" } else { "Absent: no such row" };
                return Err(Failure(format!(
                    "read_many returned {read:?} for key {}, expected {expected}",
                    key.0
                )));
            }
        }
    }
    let loads = table.loads() - before;
    // A cache may remember that the last key is absent and need no load for it.
    let most = loaded + u64::from(ids.contains(&KEYS));
    ensure!(
        (loaded..=most).contains(&loads),
        "read_many reports {loaded} loaded keys, but the origin was asked {loads} times; load each \
         missing key once and report where each answer came from"
    );
    Ok(reads)
}
