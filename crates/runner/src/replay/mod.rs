//! Replay loops: one for strategies in `ExecutionMode::Sync`, one for `ExecutionMode::Async`.

mod async_open_loop;
pub(crate) mod async_replay;
mod async_request;
mod lane_replay;
mod lane_schedule;
pub(crate) mod request_range;
mod result;
mod start_barrier;
pub(crate) mod sync_replay;
pub(crate) mod tally;
mod verification;

pub(crate) use result::ReplayResult;

use bakeoff_protocol::Lanes;

use crate::timing::instrumentation::Instrumentation;
use request_range::RequestRange;

/// Range of requests to replay, with the concurrency and the instrumentation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplayPlan {
    /// Requests to replay.
    pub(crate) range: RequestRange,
    /// Index of the first request after the warm-up. Requests with a lower index are counted
    /// separately.
    pub(crate) warmup_end: u64,
    /// Number of worker threads; at least 1, at most the number of requests.
    pub(crate) workers: u64,
    /// Measurement beyond counts and duration.
    pub(crate) instrumentation: Instrumentation,
    /// Number of requests in flight per worker, for a strategy in `ExecutionMode::Async`; at least
    /// 1.
    pub(crate) in_flight: u64,
    /// Lanes of a replay with one worker in `ExecutionMode::Async`; `None` sends the requests in
    /// order.
    pub(crate) lanes: Option<Lanes>,
}
