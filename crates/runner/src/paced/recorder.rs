//! Recorder of one instance in a paced replay: counts, response times and the timeline.

use std::collections::HashMap;
use std::time::Duration;

use bakeoff_protocol::paced::outcome::{InstanceCounts, TimelineBucket};
use bakeoff_protocol::{PacedConfig, PacedOutcome};
use bakeoff_strategy::Source;

use crate::replay::tally::Tally;

/// Length of `versions_behind`. Its last element also counts answers that were further behind.
const MAX_VERSIONS_BEHIND: usize = 16;
/// Maximum number of timeline buckets: one hour with buckets of 100 ms.
const MAX_BUCKETS: usize = 36_000;

/// Recorder of the requests and origin calls of one instance.
#[derive(Debug)]
pub(crate) struct Recorder {
    outcome: PacedOutcome,
    pub(crate) tally: Tally,
    bucket: Duration,
    slow_threshold: Duration,
    instance: InstanceCounts,
    /// Keys whose last answer was stale, with the longest time in microseconds that an answer was
    /// outdated.
    stale_age_us: HashMap<u32, u64>,
}

/// Distance of a stale answer from the newest version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staleness {
    /// Number of versions behind; at least 1.
    pub(crate) versions: u64,
    /// Microseconds since the answered version became outdated.
    pub(crate) age_us: u64,
}

impl Recorder {
    pub(crate) fn new(config: &PacedConfig) -> Self {
        let mut outcome = PacedOutcome {
            virtual_clock: config.time.virtual_clock,
            bucket_ms: config.time.bucket_ms.max(1),
            ..PacedOutcome::default()
        };
        outcome.users.slow_threshold_ms = config.time.slow_threshold_ms;
        Self {
            bucket: Duration::from_millis(outcome.bucket_ms),
            slow_threshold: Duration::from_millis(config.time.slow_threshold_ms),
            instance: InstanceCounts { instance: config.instance, ..InstanceCounts::default() },
            tally: Tally::default(),
            stale_age_us: HashMap::new(),
            outcome,
        }
    }

    fn bucket(&mut self, elapsed: Duration) -> &mut TimelineBucket {
        let index = (elapsed.as_nanos() / self.bucket.as_nanos()) as usize;
        let index = index.min(MAX_BUCKETS - 1);
        let timeline = &mut self.outcome.timeline;
        if timeline.len() <= index {
            timeline.resize_with(index + 1, TimelineBucket::default);
        }
        &mut timeline[index]
    }

    pub(crate) fn record_load(&mut self, elapsed: Duration, concurrent: u64) {
        self.outcome.origin.loads += 1;
        self.outcome.origin.redundant_loads += u64::from(concurrent > 0);
        self.tally.sums.loads += 1;
        self.instance.loads += 1;
        self.bucket(elapsed).loads += 1;
    }

    pub(crate) fn record_write(&mut self, elapsed: Duration) {
        self.outcome.origin.writes += 1;
        self.bucket(elapsed).writes += 1;
    }

    pub(crate) fn record_origin_failure(&mut self, elapsed: Duration) {
        self.outcome.origin.errors += 1;
        self.bucket(elapsed).origin_errors += 1;
    }

    /// Counts a request that no instance accepted.
    pub(crate) fn record_unserved(&mut self, due: Duration) {
        self.outcome.users.unserved += 1;
        self.bucket(due).unserved += 1;
    }

    /// Counts a request that has ended, with or without a failure.
    pub(crate) fn record_answer(&mut self, due: Duration, elapsed: Duration, failed: bool) {
        let duration = elapsed.saturating_sub(due);
        let slow = !failed && duration > self.slow_threshold;
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let users = &mut self.outcome.users;
        users.requests += 1;
        users.errors += u64::from(failed);
        users.slow += u64::from(slow);
        if !failed {
            users.latency.record(micros);
        }
        let bucket = self.bucket(due);
        bucket.requests += 1;
        bucket.errors += u64::from(failed);
        bucket.slow += u64::from(slow);
        bucket.slowest_us = bucket.slowest_us.max(micros);
        self.tally.sums.requests += 1;
        self.tally.sums.errors += u64::from(failed);
    }

    /// Counts requests as failed that were in flight when the instance was killed.
    pub(crate) fn record_killed(&mut self, requests: usize, elapsed: Duration) {
        let requests = requests as u64;
        self.outcome.users.requests += requests;
        self.outcome.users.errors += requests;
        self.tally.sums.requests += requests;
        self.tally.sums.errors += requests;
        let bucket = self.bucket(elapsed);
        bucket.requests += requests;
        bucket.errors += requests;
    }

    /// Counts a correct answer to a read, fresh or stale.
    pub(crate) fn record_read(
        &mut self,
        id: u32,
        due: Duration,
        source: Source,
        staleness: Option<Staleness>,
    ) {
        self.instance.reads += 1;
        match source {
            Source::Hit { tier } | Source::Stale { tier } => {
                self.tally.sums.hits += 1;
                self.instance.hits += 1;
                if tier > 0 {
                    self.tally.tiers.count(tier);
                }
                self.bucket(due).hits += 1;
            }
            Source::Joined => {
                self.tally.sums.joined += 1;
                self.bucket(due).joined += 1;
            }
            Source::Loaded | Source::Absent => {}
        }
        match staleness {
            None => {
                self.outcome.freshness.fresh += 1;
                if let Some(age) = self.stale_age_us.remove(&id) {
                    self.outcome.invalidation.record(age);
                }
            }
            Some(staleness) => self.record_stale(id, due, staleness),
        }
    }

    fn record_stale(&mut self, id: u32, due: Duration, staleness: Staleness) {
        self.instance.stale += 1;
        self.tally.sums.stale += 1;
        self.bucket(due).stale += 1;
        let freshness = &mut self.outcome.freshness;
        freshness.stale += 1;
        let index = (staleness.versions.max(1) as usize).min(MAX_VERSIONS_BEHIND) - 1;
        if freshness.versions_behind.len() <= index {
            freshness.versions_behind.resize(index + 1, 0);
        }
        freshness.versions_behind[index] += 1;
        freshness.age.record(staleness.age_us);
        let age = self.stale_age_us.entry(id).or_default();
        *age = staleness.age_us.max(*age);
    }

    /// Ends the recording and returns the outcome. Keys that are still stale count with their
    /// present staleness.
    pub(crate) fn take(&mut self, elapsed: Duration) -> (PacedOutcome, Tally) {
        let mut outcome = std::mem::take(&mut self.outcome);
        for age in self.stale_age_us.drain().map(|(_, age)| age) {
            outcome.invalidation.record(age);
        }
        outcome.covered_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let mut instance = self.instance.clone();
        instance.hits_by_tier = self.tally.counts(Some(0), 1).hits_by_tier;
        outcome.instances = vec![instance];
        (outcome, self.tally.clone())
    }
}
