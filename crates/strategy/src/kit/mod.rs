//! The conformance kit: tries whether a strategy keeps the promises that it declares.
//!
//! [`check`] opens the strategy many times, each time in a namespace of its own, and tries one
//! rule after the other (`docs/STRATEGIES.md` lists them). A rule that does not apply passes and
//! says why. A panic inside a rule is that rule's failure; a strategy that never answers is left
//! to whoever called, since a thread cannot be stopped from outside.

#[macro_use]
mod failure;

mod cache;
mod examiner;
mod executor;
mod model;
mod origin;
mod rules;
mod values;

use serde::Serialize;

use crate::{Capacity, OpenConfig, Strategy};
use examiner::Examiner;
pub use executor::{Executor, Immediate};

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The rule, such as `get-after-put`.
    pub name: String,
    /// Whether it held, or does not apply.
    pub passed: bool,
    /// What was seen, or why it does not apply.
    pub detail: String,
}

/// Holds a strategy against every rule, in a fixed order, and returns one case a rule.
///
/// `configs` makes the configuration for a capacity; the kit adds a suffix of its own to the
/// namespace each time, and clears it afterwards. The kit never asks for
/// [`Capacity::Unbounded`] where a limit is declared. `executor` runs the futures of strategies
/// that declare [`Mode::Awaited`](crate::Mode::Awaited); those of immediate ones are polled once.
/// The random rules repeat with the same `seed`.
pub fn check<S: Strategy, E: Executor>(
    configs: &dyn Fn(Capacity) -> OpenConfig,
    executor: &E,
    seed: u64,
) -> Vec<Case> {
    check_watched::<S, E>(configs, executor, seed, &mut |_| {})
}

/// Like [`check`], and calls `before` with the name of each rule before it is tried, so that a
/// strategy that never answers leaves a trace of where it was.
pub fn check_watched<S: Strategy, E: Executor>(
    configs: &dyn Fn(Capacity) -> OpenConfig,
    executor: &E,
    seed: u64,
    before: &mut dyn FnMut(&str),
) -> Vec<Case> {
    let examiner = Examiner::<S, E>::new(configs, executor, seed);
    rules::all::<S, E>()
        .into_iter()
        .map(|(name, rule)| {
            before(name);
            let verdict = failure::caught(|| rule(&examiner));
            let passed = verdict.is_ok();
            let detail = verdict.unwrap_or_else(|failure| failure.0);
            Case { name: name.to_owned(), passed, detail }
        })
        .collect()
}

/// The names of all rules, in the order in which [`check`] tries them.
#[must_use]
pub fn rule_names<S: Strategy>() -> Vec<&'static str> {
    rules::all::<S, Immediate>().into_iter().map(|(name, _)| name).collect()
}
