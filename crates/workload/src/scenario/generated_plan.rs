//! Description of a generated workload: phases, streams, operations and popularity changes.

use serde::Serialize;

use super::generator::Generator;

/// Generated workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GeneratedPlan {
    /// Phases in their order; at least one.
    pub phases: Vec<WorkloadPhase>,
    /// Number of repetitions of all phases; at least 1. Generators keep their state in between.
    pub repeat: u64,
    /// Arrival times; `None` produces requests without times.
    pub arrivals: Option<ArrivalPlan>,
}

impl GeneratedPlan {
    /// Returns the total number of requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        let repetition: u64 = self.phases.iter().map(|phase| phase.requests).sum();
        repetition.saturating_mul(self.repeat)
    }
}

/// Random arrivals with a constant or periodic rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ArrivalPlan {
    /// Mean number of requests per second; above 0.
    pub rate: f64,
    /// Relative amplitude of the rate, from 0 (constant) to 1.
    pub amplitude: f64,
    /// Period of the rate in seconds.
    pub period_seconds: f64,
}

/// Part of a workload with requests from one stream, or from several streams chosen at random.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkloadPhase {
    /// Number of requests per repetition; at least 1.
    pub requests: u64,
    /// Streams that the requests are drawn from; at least one.
    pub streams: Vec<RequestStream>,
}

/// Stream of requests: a key generator, a mix of operations, and popularity changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestStream {
    /// Name of the tenant, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Relative number of requests compared with the other streams of the phase.
    pub weight: f64,
    /// Key generator.
    #[serde(flatten)]
    pub generator: Generator,
    /// Shares of operations.
    pub mix: OperationMix,
    /// Changes of popularity over time.
    pub changes: PopularityChanges,
}

impl RequestStream {
    /// Creates a single stream with constant popularity.
    #[must_use]
    pub fn new(generator: Generator, mix: OperationMix) -> Self {
        Self { name: None, weight: 1.0, generator, mix, changes: PopularityChanges::default() }
    }

    /// Returns a number above all keys of the first `requests` requests.
    #[must_use]
    pub fn key_limit(&self, requests: u64) -> u64 {
        let inserted = if self.mix.inserts > 0.0 { requests } else { 0 };
        let replaced = libm::ceil(self.changes.churn * requests as f64) as u64;
        self.generator.key_limit().saturating_add(inserted).saturating_add(replaced)
    }
}

/// Changes of the popularity of keys over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PopularityChanges {
    /// Number of keys by which popularity shifts per request.
    pub drift: f64,
    /// Number of keys per request that are replaced by a new key of the same popularity.
    pub churn: f64,
    /// Bursts of requests for a few keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bursts: Option<Bursts>,
}

/// Periods in which a few random keys are popular.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bursts {
    /// Mean number of requests between bursts.
    pub every: u64,
    /// Number of requests per burst.
    pub length: u64,
    /// Share of the requests during a burst that go to its keys, 0 to 1.
    pub share: f64,
    /// Number of keys per burst.
    pub keys: u64,
}

/// Shares of operations; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OperationMix {
    /// Share of reads.
    pub reads: f64,
    /// Share of writes of existing keys.
    pub writes: f64,
    /// Share of deletes, which invalidate the key.
    pub deletes: f64,
    /// Share of writes of new keys.
    pub inserts: f64,
    /// Share of scans: reads of several consecutive keys as one group.
    pub scans: f64,
    /// Share of reads that are followed by a write of the same key.
    pub read_modify_writes: f64,
    /// Maximum number of keys per scan; all lengths from 1 to this number are equally likely.
    pub scan_length: u32,
}

impl OperationMix {
    /// Mix of reads only.
    pub const READS: Self = Self {
        reads: 1.0,
        writes: 0.0,
        deletes: 0.0,
        inserts: 0.0,
        scans: 0.0,
        read_modify_writes: 0.0,
        scan_length: 100,
    };
}
