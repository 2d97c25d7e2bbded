//! Calibration of per-request timing: its cost, and the sampling rate that keeps the cost small.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use bakeoff_protocol::trial::TimingCalibration;
use bakeoff_strategy::{
    Bound, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};

use super::latency::Latencies;
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::replay::ReplayResult;
use crate::replay::sync_replay::{replay_range, time_after_random_gaps};
use crate::replay::tally::Tally;

/// Share of the replay time that timing may take.
const TARGET_OVERHEAD: f64 = 0.04;
/// Maximum mean distance between timed requests, so that a window contains enough of them.
const MAX_GAP: u64 = 1_000;
/// Number of requests in one calibration replay.
const CALIBRATION_REQUESTS: usize = 16_384;
/// Mean distance between timed requests in a calibration replay.
const CALIBRATION_GAP: u64 = 8;
/// Number of replays with timing, and of replays without. The fastest replay of each kind counts.
const REPETITIONS: u32 = 7;

/// Measured cost of timing a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// Nanoseconds that timing adds to a request.
    cost_ns: f64,
    /// Nanoseconds measured for a request to a strategy that stores nothing.
    floor_ns: f64,
    /// Nanoseconds that a request to this strategy takes without timing.
    null_ns: f64,
}

impl Calibration {
    /// Measures the cost: replays the start of the workload with and without timing.
    ///
    /// The replayed strategy stores nothing.
    ///
    /// # Errors
    /// [`Failure::Runner`] if a histogram cannot be created.
    pub(crate) fn measure(context: &Arc<TrialContext>) -> Result<Self, Failure> {
        let columns = context.workload.columns();
        let length = context.workload.requests().min(CALIBRATION_REQUESTS);
        let repeats = CALIBRATION_REQUESTS / length.max(1);
        let mut latencies = Latencies::new(CALIBRATION_GAP)?;
        let (mut plain_ns, mut timed_ns) = (f64::INFINITY, f64::INFINITY);
        let mut tally = Tally::default();
        for _ in 0..REPETITIONS {
            let mut replay = |range| {
                // All requests are replayed as reads, which do not change the state of the origin.
                replay_range::<NullStrategy, false, false, false>(
                    &NullStrategy,
                    context,
                    &columns,
                    range,
                    &mut tally,
                )
            };
            let start = Instant::now();
            (0..repeats).try_for_each(|_| replay(0..length))?;
            plain_ns = plain_ns.min(start.elapsed().as_nanos() as f64);
            let start = Instant::now();
            (0..repeats)
                .try_for_each(|_| time_after_random_gaps(0..length, &mut latencies, &mut replay))?;
            timed_ns = timed_ns.min(start.elapsed().as_nanos() as f64);
        }
        let timed = latencies.timed() as f64 / f64::from(REPETITIONS);
        let floor_ns = latencies.median_ns();
        Ok(Self {
            // Timing always has a cost, even if a disturbed calibration measures none.
            cost_ns: ((timed_ns - plain_ns) / timed).max(floor_ns),
            floor_ns,
            null_ns: plain_ns / (repeats * length) as f64,
        })
    }

    /// Computes the mean distance between timed requests for a replay with `request_ns` per
    /// request.
    ///
    /// If `request_ns` is `None`, the fastest possible replay is assumed.
    pub(crate) fn mean_gap(self, request_ns: Option<f64>) -> u64 {
        let request_ns = request_ns.unwrap_or(self.null_ns).max(self.null_ns);
        ((self.cost_ns / (TARGET_OVERHEAD * request_ns)).ceil() as u64).clamp(1, MAX_GAP)
    }

    /// Computes the share of a finished replay that timing took, for the report.
    pub(crate) fn timing(
        self,
        mean_gap: u64,
        result: &ReplayResult,
        workers: u64,
    ) -> TimingCalibration {
        let timed = result.latencies.as_ref().map_or(0, Latencies::timed) as f64;
        let spent = self.cost_ns * timed;
        let all = result.elapsed.as_nanos() as f64 * workers as f64;
        let overhead_share = if all > spent { spent / (all - spent) } else { 1.0 };
        TimingCalibration { mean_gap, clock_ns: self.floor_ns, overhead_share }
    }
}

/// Strategy that stores nothing, so that a replay measures the harness.
struct NullStrategy;

impl Strategy for NullStrategy {
    type Error = Infallible;
    const MODE: ExecutionMode = ExecutionMode::Sync;
    const PROPERTIES: Properties =
        Properties { bound: Bound::Entries, lossy: true, ..Properties::LOCAL };

    fn open(_: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(Ok(Self))
    }

    #[inline]
    fn get(&self, _: Key) -> impl Future<Output = Result<Option<Value>, Infallible>> + Send {
        ready(Ok(None))
    }

    #[inline]
    fn put(
        &self,
        _: Key,
        _: Value,
        _: PutOptions,
    ) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, _: Key) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    fn clear(&self) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    fn len(&self) -> impl Future<Output = Result<u64, Infallible>> + Send {
        ready(Ok(0))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const COSTS: Calibration = Calibration { cost_ns: 50.0, floor_ns: 25.0, null_ns: 2.5 };

    #[test]
    fn fewer_requests_are_timed_if_they_are_fast() {
        assert_eq!(COSTS.mean_gap(Some(10_000.0)), 1);
        assert_eq!(COSTS.mean_gap(Some(1_250.0)), 1);
        assert_eq!(COSTS.mean_gap(Some(50.0)), 25);
        assert_eq!(COSTS.mean_gap(None), 500);
        assert_eq!(COSTS.mean_gap(Some(0.0)), 500);
        let expensive = Calibration { cost_ns: 5_000.0, ..COSTS };
        assert_eq!(expensive.mean_gap(Some(50.0)), MAX_GAP);
    }

    #[test]
    fn the_overhead_is_relative_to_the_time_without_timing() {
        let mut latencies = Latencies::new(1).expect("bounds are valid");
        (0..1_000).for_each(|_| latencies.record(Duration::from_nanos(60)));
        let result = ReplayResult {
            latencies: Some(latencies),
            elapsed: Duration::from_nanos(1_050_000),
            ..ReplayResult::default()
        };
        let timing = COSTS.timing(20, &result, 1);
        assert!((timing.overhead_share - 0.05).abs() < 1e-9, "{timing:?}");
        let both = COSTS.timing(20, &result, 2);
        assert!((both.overhead_share - 0.05 / 2.05).abs() < 1e-9, "{both:?}");
    }
}
