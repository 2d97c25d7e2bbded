//! What a replay found.

use std::time::Duration;

use super::latency::Latencies;
use crate::tally::Tally;

/// Counts, times and context switches of one replay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Requests below the plan's `after`.
    pub(crate) early: Tally,
    /// All the others.
    pub(crate) late: Tally,
    /// Checksum of the first pass.
    pub(crate) first_pass_checksum: u64,
    /// From the first request of any worker to the last of any.
    pub(crate) elapsed: Duration,
    /// Processor time of the process over the same span.
    pub(crate) cpu: Duration,
    /// Whole passes.
    pub(crate) passes: u64,
    /// Involuntary context switches of the workers.
    pub(crate) switches: u64,
    /// Requests that were issued too late, where there was a schedule.
    pub(crate) missed: u64,
    /// Nanoseconds of a request in the quickest stretch of a worker that answers at once: what the
    /// strategy takes when nothing interrupts it.
    pub(crate) quickest_ns: Option<f64>,
    /// Latencies, where single requests were timed.
    pub(crate) latencies: Option<Latencies>,
}

impl Measured {
    /// Adds what another worker of the same replay found.
    pub(crate) fn add(&mut self, other: &Self) {
        self.early.add(&other.early);
        self.late.add(&other.late);
        self.first_pass_checksum = self.first_pass_checksum.wrapping_add(other.first_pass_checksum);
        self.elapsed = self.elapsed.max(other.elapsed);
        self.passes = self.passes.max(other.passes);
        self.switches += other.switches;
        self.missed += other.missed;
        let both = self.quickest_ns.into_iter().chain(other.quickest_ns);
        self.quickest_ns = both.reduce(f64::min);
        match (&mut self.latencies, &other.latencies) {
            (Some(sum), Some(more)) => sum.add(more),
            (sum, more) => *sum = more.clone(),
        }
    }

    /// Adds a further pass of the same replay; its checksum is not that of the first.
    pub(crate) fn follow(&mut self, next: &Self) {
        self.early.add(&next.early);
        self.late.add(&next.late);
        self.elapsed += next.elapsed;
        self.cpu += next.cpu;
        self.passes += next.passes;
        self.switches += next.switches;
        self.missed += next.missed;
        if let (Some(sum), Some(more)) = (&mut self.latencies, &next.latencies) {
            sum.add(more);
        }
    }

    /// Counts over everything.
    pub(crate) fn whole(&self) -> Tally {
        let mut whole = self.early.clone();
        whole.add(&self.late);
        whole
    }

    /// The fold of all answers so far.
    pub(super) fn checksum(&self) -> u64 {
        self.early.sums.checksum.wrapping_add(self.late.sums.checksum)
    }
}
