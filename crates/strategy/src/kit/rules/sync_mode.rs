//! Rule about [`ExecutionMode::Sync`](crate::ExecutionMode::Sync): no future of the strategy is
//! pending.

use crate::kit::executor::Executor;
use crate::kit::failure::RuleResult;
use crate::kit::harness::Harness;
use crate::kit::test_origin::Table;
use crate::kit::values::value;
use crate::{Key, Strategy, poll_once};

pub(super) fn is_never_pending<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    if !S::MODE.is_sync() {
        return Ok(String::from("not applicable: declared ExecutionMode::Async"));
    }
    harness.with_ample_cache(|cache| {
        let strategy = &cache.strategy;
        let table = Table::default();
        let put = value(Key::from_id(1), 1, 30);
        let (key, options) = (put.key, cache.options(&put));
        // The answers are checked by other rules.
        let calls = [
            ("get", poll_once(strategy.get(key)).is_err()),
            ("put", poll_once(strategy.put(key, put.clone(), options)).is_err()),
            ("get_many", poll_once(strategy.get_many(&[key, key])).is_err()),
            ("write", poll_once(strategy.write(key, put.clone(), options, &table)).is_err()),
            ("read", poll_once(strategy.read(key, &table)).is_err()),
            ("len", poll_once(strategy.len()).is_err()),
            ("snapshot", poll_once(strategy.snapshot()).is_err()),
            ("settle", poll_once(strategy.settle()).is_err()),
            ("remove", poll_once(strategy.remove(key)).is_err()),
            ("clear", poll_once(strategy.clear()).is_err()),
            ("close", poll_once(strategy.close()).is_err()),
        ];
        let pending: Vec<&str> =
            calls.iter().filter(|(_, pending)| *pending).map(|(name, _)| *name).collect();
        ensure!(
            pending.is_empty(),
            "the strategy declares ExecutionMode::Sync, but these methods were pending at the \
             first poll: {}; declare ExecutionMode::Async or do not await in them",
            pending.join(", ")
        );
        Ok(format!("all {} methods are ready at their first poll", calls.len()))
    })
}
