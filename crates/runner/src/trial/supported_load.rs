//! Load of a trial, limited to the concurrency that the strategy supports.

use bakeoff_protocol::{Lanes, TrialSpec};
use bakeoff_strategy::Strategy;

use crate::replay::ReplayPlan;
use crate::replay::request_range::RequestRange;
use crate::timing::instrumentation::Instrumentation;

/// Number of requests in flight per worker during the warm-up of a strategy in
/// `ExecutionMode::Async`.
///
/// Concurrency shortens the warm-up, which is not measured. A sequential trial has a sequential
/// warm-up.
const WARMUP_IN_FLIGHT: u64 = 256;

/// Load of a trial, limited to the concurrency that the strategy supports.
#[derive(Clone, Copy)]
pub(crate) struct SupportedLoad {
    workers: u64,
    in_flight: u64,
    /// True in an open loop, in which requests may overlap although `in_flight` is 1.
    overlapping: bool,
    lanes: Option<Lanes>,
}

impl SupportedLoad {
    pub(crate) fn new<S: Strategy>(spec: &TrialSpec) -> Self {
        let workers = if S::PROPERTIES.thread_safe { spec.load.workers.max(1) } else { 1 };
        let in_flight = if S::MODE.is_sync() { 1 } else { spec.load.in_flight.max(1) };
        Self {
            workers: u64::from(workers),
            in_flight: u64::from(in_flight),
            overlapping: !spec.rate_steps.is_empty() && !S::MODE.is_sync(),
            lanes: spec.lanes.filter(|_| workers == 1 && in_flight == 1 && !S::MODE.is_sync()),
        }
    }

    /// Returns true if at most one request is in flight at any time.
    pub(crate) fn is_sequential(self) -> bool {
        self.workers == 1 && self.in_flight == 1 && !self.overlapping && self.lanes.is_none()
    }

    pub(crate) fn plan(self, range: RequestRange) -> ReplayPlan {
        ReplayPlan {
            range,
            warmup_end: 0,
            workers: self.workers.min(range.length()),
            instrumentation: Instrumentation::None,
            in_flight: self.in_flight,
            lanes: self.lanes,
        }
    }

    pub(crate) fn warm_up_plan(self, range: RequestRange) -> ReplayPlan {
        let plan = self.plan(range);
        let in_flight = if plan.in_flight == 1 { 1 } else { plan.in_flight.max(WARMUP_IN_FLIGHT) };
        ReplayPlan { in_flight, ..plan }
    }
}
