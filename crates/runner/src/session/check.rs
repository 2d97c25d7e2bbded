//! Message `check`: runs the conformance kit on the strategy.

use std::collections::BTreeMap;

use bakeoff_protocol::message::CheckCase;
use bakeoff_strategy::kit::{self, PollOnce};
use bakeoff_strategy::{Capacity, Clock, OpenConfig, Options, Strategy};
use tokio::runtime::Runtime;

use crate::executor::Executor;
use crate::failure::Failure;

/// Configuration with which the conformance kit opens the strategy.
pub(crate) struct ConformanceCheck {
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) namespace: String,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) seed: u64,
}

impl ConformanceCheck {
    /// Runs every rule of the kit and returns one case per rule.
    ///
    /// Prints the name of each rule to stderr before it runs, so that the log shows which rule
    /// hangs.
    ///
    /// # Errors
    /// [`Failure::Runner`] if a runtime cannot be created.
    pub(crate) fn run<S: Strategy>(&self) -> Result<Vec<CheckCase>, Failure> {
        let config = |capacity| self.config(capacity);
        let mut before = |rule: &str| eprintln!("rule {rule}");
        let cases = match Executor::for_strategy::<S>()? {
            Executor::Sync => {
                kit::check_with_progress::<S, _>(&config, &PollOnce, self.seed, &mut before)
            }
            Executor::Async(runtime) => kit::check_with_progress::<S, _>(
                &config,
                &RuntimeExecutor(runtime),
                self.seed,
                &mut before,
            ),
        };
        let to_message = |case: kit::Case| CheckCase {
            name: case.name,
            passed: case.passed,
            detail: case.detail,
        };
        Ok(cases.into_iter().map(to_message).collect())
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

/// Runtime as an executor of the kit.
struct RuntimeExecutor(Runtime);

impl kit::Executor for RuntimeExecutor {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}
