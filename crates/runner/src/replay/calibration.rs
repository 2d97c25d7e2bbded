//! What it costs to time a request, and how often one may be timed for that to stay small.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use bakeoff_protocol::trial::Timing;
use bakeoff_strategy::{
    Bound, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};

use super::immediate::{replay_range, sampled};
use super::latency::Latencies;
use super::{Columns, Measured};
use crate::context::Context;
use crate::failure::Failure;
use crate::tally::Tally;

/// Share of a replay that timing single requests may take.
const AIM: f64 = 0.04;
/// Longest mean distance of two timed requests: a section must have enough of them.
const LONGEST_GAP: u64 = 1_000;
/// Requests of one calibrating replay.
const REQUESTS: usize = 16_384;
/// Mean distance of timed requests in it.
const GAP: u64 = 8;
/// Replays of each kind, by turns; the quickest count.
const TURNS: u32 = 7;

/// What timing a request costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// Nanoseconds by which a timed request lengthens the replay.
    cost_ns: f64,
    /// Nanoseconds that a timed request of a strategy which stores nothing seems to take.
    floor_ns: f64,
    /// Nanoseconds that an untimed one takes.
    null_ns: f64,
}

impl Calibration {
    /// Replays the beginning of the workload over a strategy that stores nothing, with the meter
    /// and without.
    ///
    /// # Errors
    /// [`Failure::Runner`] if there can be no histogram.
    pub(crate) fn measure(context: &Arc<Context>) -> Result<Self, Failure> {
        let columns = Columns::new(&context.workload);
        let length = context.workload.requests().min(REQUESTS);
        let repeats = REQUESTS / length.max(1);
        let mut latencies = Latencies::new(GAP)?;
        let (mut plain_ns, mut timed_ns) = (f64::INFINITY, f64::INFINITY);
        let mut tally = Tally::default();
        for _ in 0..TURNS {
            let mut replay = |range| {
                // Reads alone: nothing of the origin's state is touched.
                replay_range::<Nothing, false, false, false>(
                    &Nothing, context, &columns, range, &mut tally,
                )
            };
            let begin = Instant::now();
            (0..repeats).try_for_each(|_| replay(0..length))?;
            plain_ns = plain_ns.min(begin.elapsed().as_nanos() as f64);
            let begin = Instant::now();
            (0..repeats).try_for_each(|_| sampled(0..length, &mut latencies, &mut replay))?;
            timed_ns = timed_ns.min(begin.elapsed().as_nanos() as f64);
        }
        let timed = latencies.timed() as f64 / f64::from(TURNS);
        let floor_ns = latencies.median_ns();
        Ok(Self {
            // Reading a clock cannot be for nothing, whatever a disturbed calibration says.
            cost_ns: ((timed_ns - plain_ns) / timed).max(floor_ns),
            floor_ns,
            null_ns: plain_ns / (repeats * length) as f64,
        })
    }

    /// Mean distance of timed requests for a replay of which a request takes about `request_ns`,
    /// or, where that is not known, for the quickest there can be.
    pub(crate) fn mean_gap(self, request_ns: Option<f64>) -> u64 {
        let request_ns = request_ns.unwrap_or(self.null_ns).max(self.null_ns);
        ((self.cost_ns / (AIM * request_ns)).ceil() as u64).clamp(1, LONGEST_GAP)
    }

    /// For the record: what the meter cost in a replay that is done.
    pub(crate) fn timing(self, mean_gap: u64, measured: &Measured, workers: u64) -> Timing {
        let timed = measured.latencies.as_ref().map_or(0, Latencies::timed) as f64;
        let spent = self.cost_ns * timed;
        let all = measured.elapsed.as_nanos() as f64 * workers as f64;
        let overhead_share = if all > spent { spent / (all - spent) } else { 1.0 };
        Timing { mean_gap, clock_ns: self.floor_ns, overhead_share }
    }
}

/// Stores nothing, so that what a replay costs is the harness.
struct Nothing;

impl Strategy for Nothing {
    type Error = Infallible;
    const MODE: Mode = Mode::Sync;
    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        shared: false,
        persistent: false,
        ttl: false,
        thread_safe: true,
        fresh: true,
        lossy: true,
        evicts: "everything at once",
    };

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
    fn the_quicker_a_request_the_fewer_are_timed() {
        assert_eq!(COSTS.mean_gap(Some(10_000.0)), 1);
        assert_eq!(COSTS.mean_gap(Some(1_250.0)), 1);
        assert_eq!(COSTS.mean_gap(Some(50.0)), 25);
        assert_eq!(COSTS.mean_gap(None), 500);
        assert_eq!(COSTS.mean_gap(Some(0.0)), 500);
        let dear = Calibration { cost_ns: 5_000.0, ..COSTS };
        assert_eq!(dear.mean_gap(Some(50.0)), LONGEST_GAP);
    }

    #[test]
    fn the_share_is_that_of_the_time_without_the_meter() {
        let mut latencies = Latencies::new(1).expect("bounds are valid");
        (0..1_000).for_each(|_| latencies.record(Duration::from_nanos(60)));
        let measured = Measured {
            latencies: Some(latencies),
            elapsed: Duration::from_nanos(1_050_000),
            ..Measured::default()
        };
        let timing = COSTS.timing(20, &measured, 1);
        assert!((timing.overhead_share - 0.05).abs() < 1e-9, "{timing:?}");
        let both = COSTS.timing(20, &measured, 2);
        assert!((both.overhead_share - 0.05 / 2.05).abs() < 1e-9, "{both:?}");
    }
}
