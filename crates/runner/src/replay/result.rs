//! Result of a replay: counts, times and context switches.

use std::panic::resume_unwind;
use std::time::Duration;

use bakeoff_strategy::Pending;
use tokio::task::JoinError;

use super::tally::Tally;
use crate::timing::latency::Latencies;

/// Counts, times and context switches of one replay.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplayResult {
    /// Counts of the requests before the plan's `warmup_end`.
    pub(crate) warmup: Tally,
    /// Counts of all other requests.
    pub(crate) after_warmup: Tally,
    /// Checksum of the answers of the first pass.
    pub(crate) first_pass_checksum: u64,
    /// Wall time from the start of all workers to the end of the last one.
    pub(crate) elapsed: Duration,
    /// Wall time until the first worker ended; `None` with one worker.
    pub(crate) first_finish: Option<Duration>,
    /// Processor time of the process during `elapsed`.
    pub(crate) cpu: Duration,
    /// Number of complete passes.
    pub(crate) passes: u64,
    /// Number of involuntary context switches of the workers.
    pub(crate) switches: u64,
    /// Number of requests that missed their deadline in an open loop.
    pub(crate) missed_deadlines: u64,
    /// Nanoseconds per request in the fastest chunk: the speed without interruptions. Only for
    /// strategies in `ExecutionMode::Sync`.
    pub(crate) fastest_request_ns: Option<f64>,
    /// Latencies; `None` unless single requests were timed.
    pub(crate) latencies: Option<Latencies>,
}

impl ReplayResult {
    /// Adds the result of another worker of the same replay.
    pub(crate) fn add_worker(&mut self, other: &Self) {
        self.warmup.add(&other.warmup);
        self.after_warmup.add(&other.after_warmup);
        self.first_pass_checksum = self.first_pass_checksum.wrapping_add(other.first_pass_checksum);
        let finishes = [self.first_finish.unwrap_or(self.elapsed), other.elapsed];
        self.first_finish = finishes.into_iter().filter(|finish| !finish.is_zero()).min();
        self.elapsed = self.elapsed.max(other.elapsed);
        self.passes = self.passes.max(other.passes);
        self.switches += other.switches;
        self.missed_deadlines += other.missed_deadlines;
        let both = self.fastest_request_ns.into_iter().chain(other.fastest_request_ns);
        self.fastest_request_ns = both.reduce(f64::min);
        match (&mut self.latencies, &other.latencies) {
            (Some(sum), Some(other)) => sum.add(other),
            (sum, other) => *sum = other.clone(),
        }
    }

    /// Adds the counts of a task: those of the warm-up, and those after it. An aborted task has
    /// none.
    ///
    /// # Errors
    /// [`Pending`] of the task. A panic of the task propagates to the caller.
    pub(super) fn add_task(
        &mut self,
        outcome: Result<Result<(Tally, Tally), Pending>, JoinError>,
    ) -> Result<(), Pending> {
        let (warmup, after_warmup) = match outcome {
            Ok(counts) => counts?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => return Ok(()),
            },
        };
        self.warmup.add(&warmup);
        self.after_warmup.add(&after_warmup);
        Ok(())
    }

    /// Adds a further pass of the same replay. The checksum remains that of the first pass.
    pub(crate) fn add_pass(&mut self, next: &Self) {
        self.warmup.add(&next.warmup);
        self.after_warmup.add(&next.after_warmup);
        self.elapsed += next.elapsed;
        self.first_finish = self.first_finish.zip(next.first_finish).map(|(sum, next)| sum + next);
        self.cpu += next.cpu;
        self.passes += next.passes;
        self.switches += next.switches;
        self.missed_deadlines += next.missed_deadlines;
        match (&mut self.latencies, &next.latencies) {
            (Some(sum), Some(next)) => sum.add(next),
            (sum, Some(next)) => *sum = Some(next.clone()),
            (_, None) => {}
        }
    }

    /// Adds the result of the next section of the same pass.
    pub(crate) fn add_section(&mut self, next: &Self) {
        self.add_pass(next);
        self.first_pass_checksum = self.first_pass_checksum.wrapping_add(next.first_pass_checksum);
        self.passes = 1;
    }

    /// Returns the counts of all requests.
    pub(crate) fn total(&self) -> Tally {
        let mut total = self.warmup.clone();
        total.add(&self.after_warmup);
        total
    }

    /// Returns the checksum of all answers so far.
    pub(super) fn checksum(&self) -> u64 {
        self.warmup.sums.checksum.wrapping_add(self.after_warmup.sums.checksum)
    }
}
