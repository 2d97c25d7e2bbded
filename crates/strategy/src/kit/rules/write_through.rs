//! Writing through the cache: the origin has it in the end, and a fresh cache answers with it.

use super::read_through::Reach;
use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::origin::Table;
use crate::kit::values::{same, value};
use crate::{Key, Origin, Strategy, Value};

const KEYS: u64 = 20;

pub(super) fn over<S: Strategy, E: Executor, O: Reach>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let table = cache.table();
        let origin = O::reach(&table);
        for id in 0..KEYS {
            let key = Key::from_id(id);
            table.commit(value(key, 1, 30));
            // Half of them are in the cache before they are written.
            if id.is_multiple_of(2) {
                read(cache, &origin, key, 1)?;
            }
            for version in 2..4 {
                write(cache, &origin, &value(key, version, 30))?;
                read(cache, &origin, key, version)?;
            }
        }
        cache.settle()?;
        committed(cache, &table, &origin)?;
        Ok(match examiner.properties().fresh {
            true => format!("{KEYS} keys written twice, each read after it was fresh"),
            false => format!("{KEYS} keys written twice; freshness is not declared"),
        })
    })
}

/// Every write reached the origin, and is what a read finds once the cache has forgotten it.
fn committed<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    table: &Table,
    origin: &O,
) -> Result<(), Failure> {
    for id in 0..KEYS {
        let key = Key::from_id(id);
        let version = table.version(key).unwrap_or(0);
        ensure!(
            version == 3,
            "key {}: version 3 was written and settled; the origin has version {version}",
            key.0
        );
        cache.remove(key)?;
        let answer = cache.read(key, origin)?.map_err(Failure)?;
        ensure!(answer.value.is_some(), "key {} exists, and the read found nothing", key.0);
        same(&answer.value.unwrap_or_else(|| value(key, 0, 0)), &value(key, 3, 30))?;
    }
    Ok(())
}

fn write<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    origin: &O,
    value: &Value,
) -> Result<(), Failure> {
    cache
        .write(value, origin)?
        .map_err(|error| Failure(format!("a healthy origin, and a write says: {error}")))
}

/// Reads a key whose newest version is `newest`; an older one is right only where freshness is
/// not declared.
fn read<S: Strategy, E: Executor, O: Origin>(
    cache: &Cache<'_, S, E>,
    origin: &O,
    key: Key,
    newest: u64,
) -> Result<(), Failure> {
    let answer = cache.read(key, origin)?.map_err(Failure)?;
    let Some(got) = answer.value else {
        return Err(Failure(format!("key {} exists, and the read found nothing", key.0)));
    };
    if !S::PROPERTIES.fresh && (1..newest).contains(&got.version) {
        return same(&got, &value(key, got.version, 30));
    }
    same(&got, &value(key, newest, 30))
}
