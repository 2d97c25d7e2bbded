//! A replay without a process or a protocol round it: what benches and profilers drive.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bakeoff_compiled::Workload;
use bakeoff_protocol::TrialRequest;
use bakeoff_protocol::trial::Counts;
use bakeoff_strategy::Strategy;

use crate::context::Context;
use crate::failure::Failure;
use crate::replay::{Job, Watch, immediate};
use crate::span::{Plan, Span};

/// Why a replay could not be prepared or ended.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PassError(#[from] Failure);

/// Replays of one workload by one worker over strategies that answer at once, every answer
/// verified and counted just as in a trial.
#[derive(Debug)]
pub struct Passes {
    context: Arc<Context>,
    plan: Plan,
}

impl Passes {
    /// Opens the workload of a trial. Of the rest of the request only `section`, `limit`,
    /// `weigh_bytes` and `meter` matter.
    ///
    /// # Errors
    /// [`PassError`] if the workload cannot be read or has no such section.
    pub fn prepare(request: &TrialRequest) -> Result<Self, PassError> {
        let workload = Workload::open(&request.workload)
            .map_err(|error| Failure::Workload(error.to_string()))?;
        let plan = Plan::new(request, workload.requests() as u64)?;
        let context = Context::new(workload, request, true, Arc::new(AtomicU64::new(0)))?;
        Ok(Self { context: Arc::new(context), plan })
    }

    /// Replays the requests before the section.
    ///
    /// # Errors
    /// [`PassError`] if the strategy was pending.
    pub fn warm_up<S: Strategy>(&self, strategy: &S) -> Result<Counts, PassError> {
        self.replay(strategy, self.plan.warmup)
    }

    /// Replays the section once.
    ///
    /// # Errors
    /// [`PassError`] if the strategy was pending.
    pub fn pass<S: Strategy>(&self, strategy: &S) -> Result<Counts, PassError> {
        self.replay(strategy, self.plan.measured)
    }

    fn replay<S: Strategy>(&self, strategy: &S, span: Span) -> Result<Counts, PassError> {
        let job = Job { span, after: 0, workers: 1, in_flight: 1, watch: Watch::Nothing };
        let measured = immediate::replay(strategy, &self.context, job)?;
        Ok(measured.whole().counts(self.context.fixed_bytes(), 1))
    }
}
