//! What users and the origin see of a cache while a workload is replayed at a pace of its own:
//! how stale the answers were, how hard the origin was hit, what a fault did.

use serde::{Deserialize, Serialize};

use crate::setting::EventKind;
use crate::times::Times;
use crate::trial::add_by_place;

/// What a paced replay finds. Instances of one trial are added up with [`Behaviour::add`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Behaviour {
    /// Whether time was virtual: exact and repeatable, and nothing of it is the machine's.
    pub virtual_clock: bool,
    /// Time that the replay covers, from the first request due to the last answer.
    pub covered_ms: u64,
    /// How fresh the answers to reads were.
    pub freshness: Freshness,
    /// What the origin had to do.
    pub origin: OriginLoad,
    /// What users saw.
    pub users: Users,
    /// Acknowledged writes that the origin does not have in the end.
    pub lost: LostWrites,
    /// How long each instance went on answering with an old value after a write: one figure for
    /// each instance, key and version that was answered stale, up to its last stale answer.
    pub invalidation: Times,
    /// Length of each moment of the timeline.
    pub moment_ms: u64,
    /// One entry a moment, from the first request on.
    pub timeline: Vec<Moment>,
    /// What was done to the system, in the order of time.
    pub events: Vec<EventMark>,
    /// Each instance, where there are several.
    #[serde(default)]
    pub instances: Vec<InstanceShare>,
}

/// How fresh answers were. An answer is judged by the newest version that was committed when its
/// read began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Freshness {
    /// Reads answered with the newest version, or with one committed since.
    pub fresh: u64,
    /// Reads answered with an older one.
    pub stale: u64,
    /// Stale answers by how many versions they lagged: place 0 is one version. The last place
    /// counts all that lagged further.
    pub versions_behind: Vec<u64>,
    /// Time for which a stale answer had been out of date.
    pub age: Times,
}

/// What the origin had to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginLoad {
    /// Loads begun, failed ones included.
    pub loads: u64,
    /// Writes begun, failed ones included.
    pub stores: u64,
    /// Loads and writes that failed.
    pub errors: u64,
    /// Loads begun while another load of the same key was under way: each was for nothing.
    pub redundant_loads: u64,
    /// Stampede factor: most loads of one key under way at once.
    pub stampede_factor: u64,
    /// Most loads and writes under way at once.
    pub peak_concurrency: u64,
}

/// What users saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Users {
    /// Requests that were due.
    pub requests: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Requests that were answered, but later than `slow_after_ms`.
    pub slow: u64,
    /// When an answer counts as slow.
    pub slow_after_ms: u64,
    /// Requests that nobody took: their instance was down.
    #[serde(default)]
    pub unserved: u64,
    /// Time from the moment a request was due to its answer.
    pub latency: Times,
    /// From the begin of the first fault to the end of the last moment in which requests failed,
    /// were slow or nobody took them; absent where there was no fault or nothing was seen of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_ms: Option<u64>,
}

/// Writes that were acknowledged and never committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LostWrites {
    /// Acknowledged versions newer than what the origin has.
    pub writes: u64,
    /// Keys that they belong to.
    pub keys: u64,
}

/// A moment of the timeline. Requests count in the moment in which they were due, what the origin
/// had to do in the one in which it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moment {
    /// Requests.
    pub requests: u64,
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that joined another's load.
    pub joined: u64,
    /// Stale answers.
    pub stale: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Slow answers.
    pub slow: u64,
    /// Requests that nobody took.
    #[serde(default)]
    pub unserved: u64,
    /// Loads from the origin.
    pub loads: u64,
    /// Writes to the origin.
    pub stores: u64,
    /// Loads and writes that failed.
    pub origin_errors: u64,
    /// Longest time to an answer, in microseconds.
    pub slowest_us: u64,
}

/// Something that was done to the system during the replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventMark {
    /// When, from the first request on.
    pub at_ms: u64,
    /// When it was over, where it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// What, in a few words: "Redis down".
    pub what: String,
    /// What, for a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventKind>,
}

/// One instance's part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstanceShare {
    /// Its number, from 0.
    pub instance: u32,
    /// Reads.
    pub reads: u64,
    /// Reads that the cache answered.
    pub hits: u64,
    /// Hits by tier, nearest first; empty where there is one tier only.
    #[serde(default)]
    pub hits_by_tier: Vec<u64>,
    /// Stale answers.
    pub stale: u64,
    /// Loads from the origin.
    pub loads: u64,
}

impl Behaviour {
    /// Adds what another instance (or another life of this one) found in the same trial.
    pub fn add(&mut self, other: &Self) {
        self.virtual_clock |= other.virtual_clock;
        self.covered_ms = self.covered_ms.max(other.covered_ms);
        self.freshness.add(&other.freshness);
        self.origin.add(&other.origin);
        self.users.add(&other.users);
        self.lost.writes += other.lost.writes;
        self.lost.keys += other.lost.keys;
        self.invalidation.add(&other.invalidation);
        self.moment_ms = self.moment_ms.max(other.moment_ms);
        if self.timeline.len() < other.timeline.len() {
            self.timeline.resize_with(other.timeline.len(), Moment::default);
        }
        self.timeline.iter_mut().zip(&other.timeline).for_each(|(sum, more)| sum.add(more));
        if self.events.is_empty() {
            self.events.clone_from(&other.events);
        }
        for share in &other.instances {
            match self.instances.iter_mut().find(|known| known.instance == share.instance) {
                Some(known) => known.add(share),
                None => self.instances.push(share.clone()),
            }
        }
    }

    /// From the begin of the first fault to the end of the last moment in which a request failed
    /// or was not taken, or one in twenty was slow. `None` where there was no fault, or nothing
    /// was seen of it.
    #[must_use]
    pub fn recovery_ms(&self) -> Option<u64> {
        let fault = self.events.iter().filter(|event| event.until_ms.is_some());
        let begun = fault.map(|event| event.at_ms).min()?;
        let suffered = |moment: &Moment| {
            moment.errors + moment.unserved > 0 || moment.slow * 20 > moment.requests
        };
        let last = self.timeline.iter().rposition(suffered)? as u64;
        let end = (last + 1) * self.moment_ms;
        (end > begun).then(|| end - begun)
    }

    /// Stale answers by all answers to reads; 0 where there were none.
    #[must_use]
    pub fn stale_share(&self) -> f64 {
        let answers = self.freshness.fresh + self.freshness.stale;
        if answers == 0 { 0.0 } else { self.freshness.stale as f64 / answers as f64 }
    }

    /// Failed and unserved requests by all that were due; 0 where there were none.
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
        add_by_place(&mut self.versions_behind, &other.versions_behind);
        self.age.add(&other.age);
    }
}

impl OriginLoad {
    /// Peaks are those of all instances together already: each saw the same origin.
    fn add(&mut self, other: &Self) {
        self.loads += other.loads;
        self.stores += other.stores;
        self.errors += other.errors;
        self.redundant_loads += other.redundant_loads;
        self.stampede_factor = self.stampede_factor.max(other.stampede_factor);
        self.peak_concurrency = self.peak_concurrency.max(other.peak_concurrency);
    }
}

impl Users {
    /// Requests that were due, whether or not anybody took them.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.requests + self.unserved
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.slow += other.slow;
        self.slow_after_ms = self.slow_after_ms.max(other.slow_after_ms);
        self.unserved += other.unserved;
        self.latency.add(&other.latency);
        self.recovery_ms = self.recovery_ms.max(other.recovery_ms);
    }
}

impl Moment {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.hits += other.hits;
        self.joined += other.joined;
        self.stale += other.stale;
        self.errors += other.errors;
        self.slow += other.slow;
        self.unserved += other.unserved;
        self.loads += other.loads;
        self.stores += other.stores;
        self.origin_errors += other.origin_errors;
        self.slowest_us = self.slowest_us.max(other.slowest_us);
    }
}

impl InstanceShare {
    fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.hits += other.hits;
        add_by_place(&mut self.hits_by_tier, &other.hits_by_tier);
        self.stale += other.stale;
        self.loads += other.loads;
    }
}
