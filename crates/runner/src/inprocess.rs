//! Replay in the current process, without the protocol, for benchmarks and profilers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bakeoff_compiled::Workload;
use bakeoff_protocol::TrialSpec;
use bakeoff_protocol::trial::Counts;
use bakeoff_strategy::Strategy;

use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::replay::request_range::{RequestRange, TrialRanges};
use crate::replay::{ReplayPlan, sync_replay};
use crate::timing::instrumentation::Instrumentation;

/// Error of an in-process replay.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InProcessError(#[from] Failure);

/// Replay of one workload by one worker, verified and counted as in a trial.
///
/// Only for strategies in `ExecutionMode::Sync`.
#[derive(Debug)]
pub struct InProcessReplay {
    context: Arc<TrialContext>,
    ranges: TrialRanges,
}

impl InProcessReplay {
    /// Opens a workload. Of the specification, only the meter, the capacity and the requests are
    /// used.
    ///
    /// # Errors
    /// [`InProcessError`] if the workload cannot be read or does not contain the window.
    pub fn prepare(workload: &Path, spec: &TrialSpec) -> Result<Self, InProcessError> {
        let workload =
            Workload::open(workload).map_err(|error| Failure::Workload(error.to_string()))?;
        let ranges = TrialRanges::new(spec, workload.requests() as u64)?;
        let context = TrialContext::new(workload, spec, true, Arc::new(AtomicU64::new(0)))?;
        Ok(Self { context: Arc::new(context), ranges })
    }

    /// Replays the warm-up.
    ///
    /// # Errors
    /// [`InProcessError`] if a future of the strategy was pending.
    pub fn warm_up<S: Strategy>(&self, strategy: &S) -> Result<Counts, InProcessError> {
        self.replay(strategy, self.ranges.warmup)
    }

    /// Replays the window once.
    ///
    /// # Errors
    /// [`InProcessError`] if a future of the strategy was pending.
    pub fn pass<S: Strategy>(&self, strategy: &S) -> Result<Counts, InProcessError> {
        self.replay(strategy, self.ranges.measured)
    }

    fn replay<S: Strategy>(
        &self,
        strategy: &S,
        range: RequestRange,
    ) -> Result<Counts, InProcessError> {
        let plan = ReplayPlan {
            range,
            warmup_end: 0,
            workers: 1,
            in_flight: 1,
            lanes: None,
            instrumentation: Instrumentation::None,
        };
        let result = sync_replay::replay(strategy, &self.context, plan)?;
        Ok(result.total().counts(self.context.fixed_bytes(), 1))
    }
}
