//! The replay loops: one for strategies that answer at once, one for those that are awaited.

mod answer;
pub(crate) mod awaited;
mod calibration;
mod columns;
mod gate;
pub(crate) mod immediate;
mod latency;
mod measured;
mod open_loop;
mod request;
mod schedule;
mod watch;

pub(crate) use calibration::Calibration;
pub(crate) use columns::Columns;
pub(crate) use latency::Latencies;
pub(crate) use measured::Measured;
pub(crate) use watch::Watch;

use crate::span::Span;

/// What is to be replayed, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// The requests.
    pub(crate) span: Span,
    /// Requests below this index are counted apart.
    pub(crate) after: u64,
    /// Threads; at least 1, at most as many as requests.
    pub(crate) workers: u64,
    /// What is watched.
    pub(crate) watch: Watch,
    /// Requests in flight a worker, where they are awaited; at least 1.
    pub(crate) in_flight: u64,
}
