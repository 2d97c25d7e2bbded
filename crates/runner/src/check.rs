//! Holding the strategy against the conformance kit.

use std::collections::BTreeMap;

use bakeoff_protocol::message::CheckCase;
use bakeoff_strategy::kit::{self, PollOnce};
use bakeoff_strategy::{Capacity, Clock, OpenConfig, Options, Strategy};
use tokio::runtime::Runtime;

use crate::executor::Executor;
use crate::failure::Failure;

/// What a check opens the strategy with.
pub(crate) struct Check {
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) namespace: String,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) seed: u64,
}

impl Check {
    /// One case for each rule. The name of each rule goes to stderr before it is tried, so that
    /// the log shows where a strategy that never answers was left.
    ///
    /// # Errors
    /// [`Failure::Runner`] if the system refuses a runtime.
    pub(crate) fn run<S: Strategy>(&self) -> Result<Vec<CheckCase>, Failure> {
        let config = |capacity| self.config(capacity);
        let mut before = |rule: &str| eprintln!("rule {rule}");
        let cases = match Executor::for_strategy::<S>()? {
            Executor::Sync => {
                kit::check_with_progress::<S, _>(&config, &PollOnce, self.seed, &mut before)
            }
            Executor::Async(runtime) => kit::check_with_progress::<S, _>(
                &config,
                &Blocking(runtime),
                self.seed,
                &mut before,
            ),
        };
        let message = |case: kit::Case| CheckCase {
            name: case.name,
            passed: case.passed,
            detail: case.detail,
        };
        Ok(cases.into_iter().map(message).collect())
    }

    fn config(&self, capacity: Capacity) -> OpenConfig {
        OpenConfig {
            capacity,
            seed: self.seed,
            namespace: self.namespace.clone(),
            connections: 1,
            services: self.services.clone(),
            options: Options(self.options.clone()),
            clock: Clock::system(),
        }
    }
}

/// A runtime as the kit wants it.
struct Blocking(Runtime);

impl kit::Executor for Blocking {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}
