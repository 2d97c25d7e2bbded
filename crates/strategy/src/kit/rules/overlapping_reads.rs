//! Rule about two overlapping reads of one key that is not cached: both get its value.

use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::test_origin::AsyncTable;
use crate::kit::values::{check_equal, value};
use crate::{Key, Strategy};

const KEYS: u64 = 20;

pub(super) fn both_answered<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table = cache.new_table();
        // Pending once per load, so that the second read begins during the load of the first.
        let origin = AsyncTable(table.clone());
        for id in 0..KEYS {
            let row = value(Key::from_id(id), 1, 30);
            table.commit(row.clone());
            let reads = cache.read_twice(row.key, &origin)?;
            for (read, name) in reads.into_iter().zip(["first", "second"]) {
                let read = read.map_err(Failure)?;
                let Some(answer) = read.value else {
                    return Err(Failure(format!(
                        "the {name} of two overlapping reads of key {} reports {:?} and returned \
                         no value; let it wait for the load of the other one, or load itself",
                        row.key.0, read.source
                    )));
                };
                check_equal(&answer, &row)?;
            }
        }
        Ok(format!("{KEYS} pairs of overlapping reads, all answered, with {} loads", table.loads()))
    })
}
