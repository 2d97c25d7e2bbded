//! Rule about closing a cache with queued writes: each acknowledged write reaches the origin.

use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::test_origin::Table;
use crate::kit::values::value;
use crate::{Key, Strategy};

/// Number of written keys, more than one batch of a write-behind queue.
const KEYS: u64 = 100;

pub(super) fn flushes_queued_writes<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table: Table = cache.new_table();
        for version in 1..=2 {
            for id in 0..KEYS {
                let put = value(Key::from_id(id), version, 20);
                cache.write(&put, &table)?.map_err(Failure)?;
            }
        }
        cache.close()?;
        let lost = (0..KEYS).filter(|&id| table.version(Key::from_id(id)) != Some(2)).count();
        ensure!(
            lost == 0,
            "{lost} of {KEYS} keys were written and close succeeded, but the origin does not have \
             the last write of them; flush queued writes in close, or return an error"
        );
        Ok(format!("the origin has all {} writes after close", 2 * KEYS))
    })
}
