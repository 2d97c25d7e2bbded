//! What a trial is asked for, and what it reports.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Behaviour, Setting};

/// How much a cache may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// No limit.
    Unbounded,
    /// A number of entries.
    Entries(u64),
    /// A number of bytes.
    Bytes(u64),
}

/// What one trial measures; meters are never mixed in one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Meter {
    /// Exact counts over the whole workload, once through.
    HitRatio,
    /// Requests per second over the measured section.
    Throughput,
    /// Time per request, into a histogram.
    Latency,
    /// Memory held by a filled cache; every body is a fresh allocation.
    Memory,
    /// Instructions of the processor over the measured section, counted by a simulator.
    Instructions,
    /// What users and the origin see of a paced replay: staleness, origin load, faults.
    Behaviour,
}

impl std::fmt::Display for Meter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::HitRatio => "hit-ratio",
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::Memory => "memory",
            Self::Instructions => "instructions",
            Self::Behaviour => "behaviour",
        })
    }
}

/// How hard the cache is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Load {
    /// Worker threads, each with its own slice of the workload; at least 1.
    pub workers: u32,
    /// Requests in flight for each worker; at least 1. Immediate strategies have one.
    pub in_flight: u32,
    /// Connections to a service; at least 1.
    pub connections: u32,
    /// Open loop: requests are due on a fixed schedule, at this share of the requests per second
    /// that the same cell reached in the closed loop, in per cent. Absent: closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_loop_percent: Option<u32>,
}

impl Load {
    /// One worker with one request in flight: the only load with exact counts.
    pub const ONE: Self =
        Self { workers: 1, in_flight: 1, connections: 1, open_loop_percent: None };
}

/// Which part of the workload is measured, and how it is led up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Section {
    /// Index of the first measured request.
    pub start: u64,
    /// Number of requests; the section wraps round the workload's end.
    pub length: u64,
    /// Requests replayed just before it, untimed, to fill the cache (wrapping likewise).
    pub warmup: u64,
    /// The section is repeated, each time by a new cache that was warmed up alike, until at least
    /// this much time was measured.
    pub minimum_ns: u64,
}

/// Driver to runner: run one trial. Fields that are left out have the value of `Default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialRequest {
    /// What is measured.
    pub meter: Meter,
    /// The compiled workload.
    pub workload: PathBuf,
    /// What the strategy is opened with.
    pub capacity: Capacity,
    /// How hard it is driven.
    pub load: Load,
    /// Seed of the trial, in decimal.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// Prefix for every key on a shared server.
    pub namespace: String,
    /// Addresses by service name.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// The variant's options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The measured section; absent: the whole workload, once, from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Section>,
    /// At most this many requests of the workload (from the start), for strategies that need a
    /// service; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Requests at the start of the workload that `after_warmup` leaves out.
    #[serde(default)]
    pub warmup: u64,
    /// Whether values are weighed in bytes (a capacity in bytes) or each counts 1.
    #[serde(default)]
    pub weigh_bytes: bool,
    /// Open loop: requests per second over all workers, due at equal distances from `go` on.
    /// Absent: closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What a paced replay runs in (`behaviour` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
}

/// Counts of requests and their outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// All requests.
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// Writes among them.
    pub writes: u64,
    /// Deletes among them.
    pub deletes: u64,
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that it did not answer.
    pub misses: u64,
    /// Hits by tier, nearest first; empty where there is one tier only.
    #[serde(default)]
    pub hits_by_tier: Vec<u64>,
    /// Loads from the origin.
    pub loads: u64,
    /// Reads that joined another's load.
    pub joined: u64,
    /// Answers older than the newest committed version.
    pub stale_answers: u64,
    /// Answers of another key, torn, or of a version that was never written.
    pub wrong_answers: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Bytes that reads asked for.
    pub read_bytes: u64,
    /// Bytes of them that the cache answered.
    pub hit_bytes: u64,
    /// Reads and hits of each tenant, in the order of their numbers (`hit-ratio` only); empty where
    /// the workload has one tenant, or more than [`MOST_TENANTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_tenant: Vec<TenantCounts>,
}

/// Tenants that are counted apart at the most.
pub const MOST_TENANTS: usize = 256;

/// What became of one tenant's reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCounts {
    /// Reads.
    pub reads: u64,
    /// Reads that the cache answered.
    pub hits: u64,
}

/// Adds up tenant by tenant; what one of them lacks is 0.
pub fn add_by_tenant(sum: &mut Vec<TenantCounts>, more: &[TenantCounts]) {
    if sum.len() < more.len() {
        sum.resize(more.len(), TenantCounts::default());
    }
    for (sum, more) in sum.iter_mut().zip(more) {
        sum.reads += more.reads;
        sum.hits += more.hits;
    }
}

impl Counts {
    /// Hits by reads; 0 where nothing was read.
    #[must_use]
    pub fn hit_ratio(&self) -> f64 {
        if self.reads == 0 { 0.0 } else { self.hits as f64 / self.reads as f64 }
    }

    /// Adds what another instance counted in the same trial.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.reads += other.reads;
        self.writes += other.writes;
        self.deletes += other.deletes;
        self.hits += other.hits;
        self.misses += other.misses;
        add_by_place(&mut self.hits_by_tier, &other.hits_by_tier);
        self.loads += other.loads;
        self.joined += other.joined;
        self.stale_answers += other.stale_answers;
        self.wrong_answers += other.wrong_answers;
        self.errors += other.errors;
        self.read_bytes += other.read_bytes;
        self.hit_bytes += other.hit_bytes;
        add_by_tenant(&mut self.by_tenant, &other.by_tenant);
    }
}

/// Adds up place by place; what one of them lacks is 0.
pub(crate) fn add_by_place(sum: &mut Vec<u64>, more: &[u64]) {
    if sum.len() < more.len() {
        sum.resize(more.len(), 0);
    }
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// The first request that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offence {
    /// Index of the request in the workload.
    pub request: u64,
    /// What was wrong, in a sentence.
    pub what: String,
}

/// Runner to driver: what a trial found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialReport {
    /// Counts over everything that the meter covers (the whole workload for `hit-ratio`; the
    /// measured section, all passes, for the others).
    pub counts: Counts,
    /// The same without the first `warmup` requests (`hit-ratio` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_warmup: Option<Counts>,
    /// Wall time of what was measured.
    pub elapsed_ns: u64,
    /// Processor time of the runner's process over the same span.
    pub cpu_ns: u64,
    /// How often the section was gone through.
    pub passes: u64,
    /// Entries held at the end, settled.
    pub entries_held: u64,
    /// Entries held by tier, where there are tiers.
    #[serde(default)]
    pub tier_entries: Vec<u64>,
    /// Bytes held, as the strategy tells.
    #[serde(default)]
    pub bytes_held: Option<u64>,
    /// Evictions, as the strategy tells.
    #[serde(default)]
    pub evictions: Option<u64>,
    /// Highest resident size of the process so far.
    pub peak_rss_bytes: u64,
    /// Anonymous resident memory before the strategy was opened and after the last request.
    pub rss_anon_before_bytes: u64,
    /// See `rss_anon_before_bytes`.
    pub rss_anon_after_bytes: u64,
    /// Fold of every answer of the first pass, in hexadecimal: the sum modulo 2^64 of
    /// `(key ^ version · 0xD6E8FEB86659FD93) · (2 · index + 1)` over all reads that were answered,
    /// `index` being the request's place in the workload.
    pub answers_checksum: String,
    /// The first wrong answer or error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offence: Option<Offence>,
    /// Involuntary context switches during what was measured.
    #[serde(default)]
    pub involuntary_switches: u64,
    /// Latency histogram: HdrHistogram V2, deflated, base64 (`latency` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<String>,
    /// How single requests were timed (`latency` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    /// Requests that were issued more than a millisecond, and more than one distance of the
    /// schedule, after they were due (open loop only).
    #[serde(default)]
    pub missed_deadlines: u64,
    /// Instructions over the measured section (`instructions` only). A runner leaves it out where
    /// the driver's simulator counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<u64>,
    /// What users and the origin saw (`behaviour` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Box<Behaviour>>,
}

/// How single requests were timed, as calibrated in the same process before the measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timing {
    /// Mean distance of two timed requests; 1: every request was timed.
    pub mean_gap: u64,
    /// Median nanoseconds that timing nothing seems to take: what no figure can be below, and what
    /// short figures contain.
    pub clock_ns: f64,
    /// Estimated share by which the meter made the replay longer (0.05 is 5 %).
    pub overhead_share: f64,
}

/// 64-bit numbers as decimal strings.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes a number as a string.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    /// Reads a number out of a string.
    ///
    /// # Errors
    /// If it is no decimal 64-bit number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
