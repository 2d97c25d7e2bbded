//! A strategy that declares itself immediate never pends, whatever it is asked.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::origin::Table;
use crate::kit::values::value;
use crate::{Key, Strategy, poll_once};

pub(super) fn never_pends<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    if !S::MODE.is_immediate() {
        return Ok(String::from("not declared: awaited"));
    }
    examiner.with_roomy(|cache| {
        let strategy = &cache.strategy;
        let table = Table::default();
        let put = value(Key::from_id(1), 1, 30);
        let (key, options) = (put.key, cache.options(&put));
        // Each answer is another rule's concern; here only whether it came at once.
        let pended = [
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
        let names: Vec<&str> =
            pended.iter().filter(|(_, pended)| *pended).map(|(name, _)| *name).collect();
        ensure!(
            names.is_empty(),
            "declared Mode::Immediate, but pending at the first poll: {}",
            names.join(", ")
        );
        Ok(format!("all {} functions answer at their first poll", pended.len()))
    })
}
