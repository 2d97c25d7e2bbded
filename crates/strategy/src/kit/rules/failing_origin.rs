//! Rule about a failing origin. Its errors must reach the caller, and requests must succeed once it
//! has recovered.

use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::{check_equal, value};
use crate::{Key, Source, Strategy};

pub(super) fn reports_errors<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let table = cache.new_table();
        let row = value(Key::from_id(1), 1, 30);
        table.commit(row.clone());
        table.set_failing(true);
        if let Ok(answer) = cache.read(row.key, &table)? {
            ensure!(
                false,
                "the origin failed, but a read of an uncached key succeeded and reports {:?}; \
                 return the origin's error",
                answer.source
            );
        }
        // A deferred write may report the failure later.
        let written = cache.write(&value(row.key, 2, 30), &table)?;
        let reported = written.is_err() || cache.settle().is_err() || cache.close().is_err();
        ensure!(
            reported,
            "the origin failed, but write, settle and close all succeeded; return the origin's \
             error from one of them"
        );

        table.set_failing(false);
        table.commit(value(row.key, 3, 30));
        cache.remove(row.key)?;
        let answer = cache.read(row.key, &table)?.map_err(Failure)?;
        let Some(got) = answer.value else {
            return Err(Failure(String::from(
                "the origin recovered, but the next read returned no value; do not cache a \
                 failed load as an absent row",
            )));
        };
        check_equal(&got, &value(row.key, 3, 30))?;
        ensure!(
            answer.source == Source::Loaded,
            "the origin recovered and the key was removed, but the read reports {:?}, expected \
             Loaded",
            answer.source
        );
        Ok(String::from("errors are returned, and the next read after recovery succeeds"))
    })
}
