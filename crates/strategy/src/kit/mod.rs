//! Conformance kit: tests whether a strategy behaves as it declares.
//!
//! [`check`] runs one rule after the other, each on a strategy opened in its own namespace.
//! `docs/STRATEGIES.md` lists the rules. A rule that does not apply passes and states the reason. A
//! panic fails the current rule. There is no time limit: the caller must end a strategy that hangs.

#[macro_use]
mod failure;

mod cache;
mod concurrent_calls;
mod eviction_model;
mod executor;
mod harness;
mod live_values;
mod model;
mod rules;
mod test_origin;
mod values;

use serde::Serialize;

use crate::{Capacity, OpenConfig, Strategy};
pub use executor::{Executor, PollOnce};
use harness::Harness;

/// Result of one rule of the kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Name of the rule, such as `get-after-put`.
    pub name: String,
    /// True if the rule holds or does not apply.
    pub passed: bool,
    /// Observation, or the reason why the rule does not apply.
    pub detail: String,
}

/// Tests a strategy against every rule and returns one case per rule, in a fixed order.
///
/// `configs` returns the configuration for a capacity. The kit appends a suffix to its namespace
/// and clears that namespace afterwards. [`Capacity::Unbounded`] is requested only for strategies
/// without a size limit. `executor` runs the futures of strategies in
/// [`ExecutionMode::Async`](crate::ExecutionMode::Async). The same `seed` repeats the same random
/// requests.
pub fn check<S: Strategy, E: Executor>(
    configs: &dyn Fn(Capacity) -> OpenConfig,
    executor: &E,
    seed: u64,
) -> Vec<Case> {
    check_with_progress::<S, E>(configs, executor, seed, &mut |_| {})
}

/// Runs [`check`] and calls `before` with the name of each rule before the rule runs.
///
/// If a strategy hangs, the last name shows in which rule.
pub fn check_with_progress<S: Strategy, E: Executor>(
    configs: &dyn Fn(Capacity) -> OpenConfig,
    executor: &E,
    seed: u64,
    before: &mut dyn FnMut(&str),
) -> Vec<Case> {
    let harness = Harness::<S, E>::new(configs, executor, seed);
    rules::all::<S, E>()
        .into_iter()
        .map(|(name, rule)| {
            before(name);
            let result = failure::catch_panic(|| rule(&harness));
            let passed = result.is_ok();
            let detail = result.unwrap_or_else(|failure| failure.0);
            Case { name: name.to_owned(), passed, detail }
        })
        .collect()
}

/// Returns the names of all rules, in the order in which [`check`] runs them.
#[must_use]
pub fn rule_names<S: Strategy>() -> Vec<&'static str> {
    rules::all::<S, PollOnce>().into_iter().map(|(name, _)| name).collect()
}
