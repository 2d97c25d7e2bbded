//! Closing ends cleanly, and what is kept across it is what is declared.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Key, Strategy};

pub(super) fn ends_cleanly<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    let config = examiner.config(examiner.roomy());
    let put = value(Key::from_id(1), 1, 30);
    let first = examiner.try_open(&config)?;
    first.put(&put)?;
    first.settle()?;
    first.close()?;
    drop(first);
    // The driver tries with processes of their own what survives; here only that a namespace can
    // be opened again, and that a process-local cache does not live on in a global.
    examiner.with(&config, |second| {
        let properties = examiner.properties();
        if properties.shared || properties.persistent {
            second.holds(&put)?;
            return Ok(String::from("closed, opened again, still there"));
        }
        second
            .lacks(put.key, "was put before the cache was closed (not shared, not persistent)")?;
        Ok(String::from("closed, opened again, empty"))
    })
}
