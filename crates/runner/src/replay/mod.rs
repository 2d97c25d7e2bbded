//! Replay loops: one for immediate strategies, one for awaited ones.

pub(crate) mod awaited;
mod awaited_request;
pub(crate) mod immediate;
mod open_loop;
pub(crate) mod request_range;
mod result;
mod start_barrier;
pub(crate) mod tally;
mod verification;

pub(crate) use result::ReplayResult;

use crate::timing::instrumentation::Instrumentation;
use request_range::RequestRange;

/// Requests to replay and the way to replay them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplayPlan {
    /// Requests to replay.
    pub(crate) range: RequestRange,
    /// Requests with a lower index are counted separately.
    pub(crate) warmup_end: u64,
    /// Number of threads; at least 1, at most the number of requests.
    pub(crate) workers: u64,
    /// Measurement beyond counts and duration.
    pub(crate) instrumentation: Instrumentation,
    /// Requests in flight per worker of an awaited strategy; at least 1.
    pub(crate) in_flight: u64,
}
