//! An origin that fails: the caller is told, nothing is made up, and it is over when it is over.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::values::{same, value};
use crate::{Key, Source, Strategy};

pub(super) fn says_so<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let table = cache.table();
        let row = value(Key::from_id(1), 1, 30);
        table.commit(row.clone());
        table.fail(true);
        if let Ok(answer) = cache.read(row.key, &table)? {
            ensure!(
                false,
                "the origin failed, and a read that needed it says {:?}: return its error",
                answer.source
            );
        }
        // A write that is queued may fail later, but somebody has to say so.
        let written = cache.write(&value(row.key, 2, 30), &table)?;
        let told = written.is_err() || cache.settle().is_err() || cache.close().is_err();
        ensure!(told, "the origin failed, and write, settle and close all say that it was written");

        table.fail(false);
        table.commit(value(row.key, 3, 30));
        cache.remove(row.key)?;
        let answer = cache.read(row.key, &table)?.map_err(Failure)?;
        let Some(got) = answer.value else {
            return Err(Failure(String::from("the origin is back, and a read finds nothing")));
        };
        same(&got, &value(row.key, 3, 30))?;
        ensure!(
            answer.source == Source::Loaded,
            "the origin is back, and the first read says {:?}",
            answer.source
        );
        Ok(String::from("its errors are told, and nothing of them stays"))
    })
}
