//! How the calls of a strategy are driven outside of a replay.

use std::sync::Arc;

use bakeoff_strategy::{Mode, Origin, Pending, Strategy, poll_once};
use tokio::runtime::Runtime;

use crate::context::Context;
use crate::failure::Failure;
use crate::origin::DetachedOrigin;
use crate::replay::{Job, Measured, awaited, immediate};

/// The mode of a replay of `S` over this runner's origin.
const fn mode<S: Strategy>() -> Mode {
    S::MODE.join(<DetachedOrigin<true, false> as Origin>::MODE)
}

/// Polls once, or blocks on a runtime: whichever the strategy declares.
pub(crate) enum Executor {
    /// Polls each future once: for strategies in `Mode::Sync`.
    Sync,
    /// Blocks on a runtime: for strategies in `Mode::Async`.
    Async(Runtime),
}

impl Executor {
    /// The executor that a strategy needs.
    ///
    /// # Errors
    /// [`Failure::Runner`] if the system refuses a runtime.
    pub(crate) fn for_strategy<S: Strategy>() -> Result<Self, Failure> {
        match const { mode::<S>() } {
            Mode::Sync => Ok(Self::Sync),
            Mode::Async => awaited::runtime().map(Self::Async),
        }
    }

    /// Runs one future to its end.
    ///
    /// # Errors
    /// [`Pending`] if it may not be pending and was.
    pub(crate) fn run<F: Future>(&self, future: F) -> Result<F::Output, Pending> {
        match self {
            Self::Sync => poll_once(future),
            Self::Async(runtime) => Ok(runtime.block_on(future)),
        }
    }

    /// Replays a workload.
    ///
    /// # Errors
    /// [`Failure::Pending`] if a future was that may not be; [`Failure::Runner`] if the system
    /// refuses a runtime. A panic goes on in the caller.
    pub(crate) fn replay<S: Strategy>(
        &self,
        strategy: &Arc<S>,
        context: &Arc<Context>,
        job: Job,
    ) -> Result<Measured, Failure> {
        match self {
            Self::Sync => immediate::replay(&**strategy, context, job),
            Self::Async(home) => awaited::replay(home, strategy, context, job),
        }
    }
}
