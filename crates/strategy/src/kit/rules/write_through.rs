//! Rule about writing through the cache: the origin gets every write, and reads return it if
//! `fresh` is declared.

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::test_origin::{Table, TestOrigin};
use crate::kit::values::{check_equal, value};
use crate::{Key, Origin, Strategy, Value};

const KEYS: u64 = 20;

pub(super) fn writes<S: Strategy, E: Executor, O: TestOrigin>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table = cache.new_table();
        let origin = O::over(&table);
        for id in 0..KEYS {
            let key = Key::from_id(id);
            table.commit(value(key, 1, 30));
            // Half of the keys are cached before they are written.
            if id.is_multiple_of(2) {
                read(cache, &origin, key, 1)?;
            }
            for version in 2..4 {
                write(cache, &origin, &value(key, version, 30))?;
                read(cache, &origin, key, version)?;
            }
        }
        cache.settle()?;
        check_committed(cache, &table, &origin)?;
        Ok(match harness.properties().fresh {
            true => format!("{KEYS} keys written twice, and every read returned the latest write"),
            false => format!("{KEYS} keys written twice; `fresh` is not declared"),
        })
    })
}

/// Checks that the origin has every write and that a read returns it once the key is removed from
/// the cache.
fn check_committed<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    for id in 0..KEYS {
        let key = Key::from_id(id);
        let version = table.version(key).unwrap_or(0);
        ensure!(
            version == 3,
            "version 3 of key {} was written, but the origin has version {version} after settle; \
             store every write in the origin",
            key.0
        );
        cache.remove(key)?;
        let answer = cache.read(key, origin)?.map_err(Failure)?;
        let got = answer.value.ok_or_else(|| no_value(key))?;
        check_equal(&got, &value(key, 3, 30))?;
    }
    Ok(())
}

fn write<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    origin: &O,
    value: &Value,
) -> Result<(), Failure> {
    cache.write(value, origin)?.map_err(|error| {
        Failure(format!(
            "the origin did not fail, but the write of key {} returned its error: {error}",
            value.key.0
        ))
    })
}

/// Reads a key and expects version `latest`. Without `fresh`, an older version is allowed.
fn read<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    origin: &O,
    key: Key,
    latest: u64,
) -> Result<(), Failure> {
    let answer = cache.read(key, origin)?.map_err(Failure)?;
    let got = answer.value.ok_or_else(|| no_value(key))?;
    if !cache.properties.fresh && (1..latest).contains(&got.version) {
        return check_equal(&got, &value(key, got.version, 30));
    }
    check_equal(&got, &value(key, latest, 30))
}

fn no_value(key: Key) -> Failure {
    Failure(format!("the origin has key {}, but the read returned no value", key.0))
}
