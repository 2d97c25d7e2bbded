//! Executor of a strategy's futures, synchronous or asynchronous.

use std::sync::Arc;

use bakeoff_strategy::{ExecutionMode, Origin, Pending, Strategy, poll_once};
use tokio::runtime::Runtime;

use crate::data::origin::DetachedOrigin;
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::replay::{ReplayPlan, ReplayResult, async_replay, sync_replay};

/// Returns the mode of a replay of `S` over this runner's origin.
const fn mode<S: Strategy>() -> ExecutionMode {
    S::MODE.join(<DetachedOrigin<true, false> as Origin>::MODE)
}

/// Executor of a strategy's futures, chosen by the strategy's mode.
pub(crate) enum Executor {
    /// Polls each future once.
    Sync,
    /// Runs each future on a runtime and waits for it.
    Async(Runtime),
}

impl Executor {
    /// Creates the executor that a strategy needs.
    ///
    /// # Errors
    /// [`Failure::Runner`] if a runtime cannot be created.
    pub(crate) fn for_strategy<S: Strategy>() -> Result<Self, Failure> {
        match const { mode::<S>() } {
            ExecutionMode::Sync => Ok(Self::Sync),
            ExecutionMode::Async => async_replay::runtime().map(Self::Async),
        }
    }

    /// Runs one future to completion.
    ///
    /// # Errors
    /// [`Pending`] if a future of a synchronous strategy was pending.
    pub(crate) fn run<F: Future>(&self, future: F) -> Result<F::Output, Pending> {
        match self {
            Self::Sync => poll_once(future),
            Self::Async(runtime) => Ok(runtime.block_on(future)),
        }
    }

    /// Replays a workload.
    ///
    /// # Errors
    /// [`Failure::Pending`] if a future of a synchronous strategy was pending; [`Failure::Runner`] if
    /// a runtime cannot be created. A panic propagates to the caller.
    pub(crate) fn replay<S: Strategy>(
        &self,
        strategy: &Arc<S>,
        context: &Arc<TrialContext>,
        plan: ReplayPlan,
    ) -> Result<ReplayResult, Failure> {
        match self {
            Self::Sync => sync_replay::replay(&**strategy, context, plan),
            Self::Async(home) => async_replay::replay(home, strategy, context, plan),
        }
    }
}
