//! Execution of a strategy's futures.

use std::sync::Arc;

use bakeoff_strategy::{Mode, Origin, Pending, Strategy, poll_once};
use tokio::runtime::Runtime;

use crate::data::context::Context;
use crate::data::origin::DetachedOrigin;
use crate::failure::Failure;
use crate::replay::{ReplayPlan, ReplayResult, awaited, immediate};

/// Returns the mode of a replay of `S` over this runner's origin.
const fn mode<S: Strategy>() -> Mode {
    S::MODE.join(<DetachedOrigin<true, false> as Origin>::MODE)
}

/// Executor of a strategy's futures, depending on its mode.
pub(crate) enum Executor {
    /// Polls each future once.
    Sync,
    /// Blocks on a runtime.
    Async(Runtime),
}

impl Executor {
    /// Creates the executor that a strategy needs.
    ///
    /// # Errors
    /// [`Failure::Runner`] if a runtime cannot be created.
    pub(crate) fn for_strategy<S: Strategy>() -> Result<Self, Failure> {
        match const { mode::<S>() } {
            Mode::Sync => Ok(Self::Sync),
            Mode::Async => awaited::runtime().map(Self::Async),
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
        context: &Arc<Context>,
        plan: ReplayPlan,
    ) -> Result<ReplayResult, Failure> {
        match self {
            Self::Sync => immediate::replay(&**strategy, context, plan),
            Self::Async(home) => awaited::replay(home, strategy, context, plan),
        }
    }
}
