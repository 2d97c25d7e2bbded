//! Outcome of a paced replay: staleness, origin load and the effect of faults.

use serde::{Deserialize, Serialize};

use super::config::FaultKind;
use super::durations::DurationHistogram;
use crate::trial::add_elementwise;

/// Outcome of a paced replay. [`PacedOutcome::add`] merges the instances of one trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PacedOutcome {
    /// True if time was simulated: the outcome is exact and does not depend on the machine.
    pub virtual_clock: bool,
    /// Time from the first scheduled request to the last answer, in milliseconds.
    pub covered_ms: u64,
    /// Freshness of the answers to reads.
    pub freshness: Freshness,
    /// Number of loads and writes of the origin, with their peaks.
    pub origin: OriginLoad,
    /// Requests and response times, as the senders of the requests saw them.
    pub users: UserCounts,
    /// Acknowledged writes that the origin does not have at the end.
    pub lost: LostWrites,
    /// Time for which an instance kept returning an outdated value of a key. Each series of stale
    /// answers for one key in one instance counts as one duration.
    pub invalidation: DurationHistogram,
    /// Length of one timeline bucket, in milliseconds.
    pub bucket_ms: u64,
    /// Counts by time, from the start of the schedule.
    pub timeline: Vec<TimelineBucket>,
    /// Injected fault events, in order of time.
    pub events: Vec<AppliedEvent>,
    /// Counts by instance; empty for a single instance.
    #[serde(default)]
    pub instances: Vec<InstanceCounts>,
}

/// Freshness of answers. Each answer is compared with the newest version committed when its read
/// began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Freshness {
    /// Number of reads answered with the version that was the newest when the read began, or with a
    /// later version.
    pub fresh: u64,
    /// Number of reads answered with an older version.
    pub stale: u64,
    /// Numbers of stale answers by versions behind: the first element counts answers 1 version
    /// behind. The last element also counts answers further behind.
    pub versions_behind: Vec<u64>,
    /// For each stale answer, the time since the answered version became outdated.
    pub age: DurationHistogram,
}

/// Number of loads and writes of the origin, with their peaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginLoad {
    /// Number of loads started, including failed ones.
    pub loads: u64,
    /// Number of writes started, including failed ones.
    pub writes: u64,
    /// Number of failed loads and writes.
    pub errors: u64,
    /// Number of loads started while another load of the same key was in flight.
    pub redundant_loads: u64,
    /// Stampede factor: maximum number of concurrent loads of one key.
    pub stampede_factor: u64,
    /// Maximum number of concurrent loads and writes.
    pub peak_concurrency: u64,
}

/// Requests and response times, as the senders of the requests saw them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserCounts {
    /// Number of requests that an instance accepted.
    pub requests: u64,
    /// Number of failed requests.
    pub errors: u64,
    /// Number of answers that took longer than `slow_threshold_ms`.
    pub slow: u64,
    /// Response time above which an answer counts as slow, in milliseconds.
    pub slow_threshold_ms: u64,
    /// Number of requests that no instance accepted, because it was down or overloaded.
    #[serde(default)]
    pub unserved: u64,
    /// Response times, from the scheduled time of a request to its answer.
    pub latency: DurationHistogram,
    /// Time from the first fault to recovery, in milliseconds; see [`PacedOutcome::recovery_ms`].
    /// Absent without a fault or without an effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_ms: Option<u64>,
}

/// Acknowledged writes that were never committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LostWrites {
    /// Number of acknowledged versions that are newer than the origin's version.
    pub writes: u64,
    /// Number of keys with a lost write.
    pub keys: u64,
}

impl LostWrites {
    /// Adds the lost writes of another instance.
    pub fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.keys += other.keys;
    }
}

/// Counts of one timeline bucket. A request counts at its scheduled time, a load or write at its
/// start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelineBucket {
    /// Number of accepted requests.
    pub requests: u64,
    /// Reads answered by the cache.
    pub hits: u64,
    /// Reads that waited for a load already in flight.
    pub joined: u64,
    /// Stale answers.
    pub stale: u64,
    /// Failed requests.
    pub errors: u64,
    /// Slow answers.
    pub slow: u64,
    /// Requests that no instance accepted.
    #[serde(default)]
    pub unserved: u64,
    /// Loads from the origin.
    pub loads: u64,
    /// Writes to the origin.
    pub writes: u64,
    /// Failed loads and writes.
    pub origin_errors: u64,
    /// Longest response time, in microseconds.
    pub slowest_us: u64,
}

/// Fault event that was injected during the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AppliedEvent {
    /// Start, in milliseconds of the replay.
    pub at_ms: u64,
    /// End, in milliseconds of the replay; absent for an instantaneous event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// Kind of event.
    pub kind: FaultKind,
}

/// Counts of one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstanceCounts {
    /// Number of the instance, from 0.
    pub instance: u32,
    /// Read requests.
    pub reads: u64,
    /// Reads answered by the cache.
    pub hits: u64,
    /// Hits by tier, the nearest tier first; empty for a cache with one tier.
    #[serde(default)]
    pub hits_by_tier: Vec<u64>,
    /// Stale answers.
    pub stale: u64,
    /// Loads from the origin.
    pub loads: u64,
}

impl PacedOutcome {
    /// Adds the outcome of another instance, or of an earlier process of the same instance.
    pub fn add(&mut self, other: &Self) {
        self.virtual_clock |= other.virtual_clock;
        self.covered_ms = self.covered_ms.max(other.covered_ms);
        self.freshness.add(&other.freshness);
        self.origin.add(&other.origin);
        self.users.add(&other.users);
        self.lost.add(other.lost);
        self.invalidation.add(&other.invalidation);
        self.bucket_ms = self.bucket_ms.max(other.bucket_ms);
        if self.timeline.len() < other.timeline.len() {
            self.timeline.resize_with(other.timeline.len(), TimelineBucket::default);
        }
        self.timeline.iter_mut().zip(&other.timeline).for_each(|(sum, other)| sum.add(other));
        if self.events.is_empty() {
            self.events.clone_from(&other.events);
        }
        for counts in &other.instances {
            match self.instances.iter_mut().find(|known| known.instance == counts.instance) {
                Some(known) => known.add(counts),
                None => self.instances.push(counts.clone()),
            }
        }
    }

    /// Computes the time from the start of the first fault to the end of the last affected bucket.
    ///
    /// A bucket is affected if a request failed or was not served, or if more than one in twenty
    /// was slow. `None` without a fault or without an effect.
    #[must_use]
    pub fn recovery_ms(&self) -> Option<u64> {
        let faults = self.events.iter().filter(|event| event.until_ms.is_some());
        let start = faults.map(|event| event.at_ms).min()?;
        let is_affected = |bucket: &TimelineBucket| {
            bucket.errors + bucket.unserved > 0 || bucket.slow * 20 > bucket.requests
        };
        let last = self.timeline.iter().rposition(is_affected)? as u64;
        let end = (last + 1) * self.bucket_ms;
        (end > start).then(|| end - start)
    }

    /// Returns the share of stale answers among all answers to reads, or 0 without answers.
    #[must_use]
    pub fn stale_share(&self) -> f64 {
        let answers = self.freshness.fresh + self.freshness.stale;
        if answers == 0 { 0.0 } else { self.freshness.stale as f64 / answers as f64 }
    }

    /// Returns the share of scheduled requests that failed or were not served, or 0 without
    /// requests.
    #[must_use]
    pub fn error_share(&self) -> f64 {
        let due = self.users.due();
        let failed = self.users.errors + self.users.unserved;
        if due == 0 { 0.0 } else { failed as f64 / due as f64 }
    }
}

impl Freshness {
    fn add(&mut self, other: &Self) {
        self.fresh += other.fresh;
        self.stale += other.stale;
        add_elementwise(&mut self.versions_behind, &other.versions_behind);
        self.age.add(&other.age);
    }
}

impl OriginLoad {
    /// Adds the counts and takes the maximum of the peaks, because every instance reports the peaks
    /// of all instances together.
    fn add(&mut self, other: &Self) {
        self.loads += other.loads;
        self.writes += other.writes;
        self.errors += other.errors;
        self.redundant_loads += other.redundant_loads;
        self.stampede_factor = self.stampede_factor.max(other.stampede_factor);
        self.peak_concurrency = self.peak_concurrency.max(other.peak_concurrency);
    }
}

impl UserCounts {
    /// Returns the number of scheduled requests, accepted or not.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.requests + self.unserved
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.slow += other.slow;
        self.slow_threshold_ms = self.slow_threshold_ms.max(other.slow_threshold_ms);
        self.unserved += other.unserved;
        self.latency.add(&other.latency);
        self.recovery_ms = self.recovery_ms.max(other.recovery_ms);
    }
}

impl TimelineBucket {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.hits += other.hits;
        self.joined += other.joined;
        self.stale += other.stale;
        self.errors += other.errors;
        self.slow += other.slow;
        self.unserved += other.unserved;
        self.loads += other.loads;
        self.writes += other.writes;
        self.origin_errors += other.origin_errors;
        self.slowest_us = self.slowest_us.max(other.slowest_us);
    }
}

impl InstanceCounts {
    fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.hits += other.hits;
        add_elementwise(&mut self.hits_by_tier, &other.hits_by_tier);
        self.stale += other.stale;
        self.loads += other.loads;
    }
}
