//! Numbers of requests and of their outcomes.

use serde::{Deserialize, Serialize};

/// Numbers of requests and of their outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Number of all requests: reads, writes and deletes.
    pub requests: u64,
    /// Number of read requests.
    pub reads: u64,
    /// Number of write requests.
    pub writes: u64,
    /// Number of delete requests.
    pub deletes: u64,
    /// Reads answered by the cache.
    pub hits: u64,
    /// Reads not answered by the cache.
    pub misses: u64,
    /// Hits by tier, the nearest tier first; empty for a cache with one tier.
    #[serde(default)]
    pub hits_by_tier: Vec<u64>,
    /// Loads from the origin.
    pub loads: u64,
    /// Reads that waited for a load already in flight.
    pub joined: u64,
    /// Answers older than the newest committed version.
    pub stale_answers: u64,
    /// Number of wrong answers: a value of another key, an altered body, or a version that was
    /// never written.
    pub wrong_answers: u64,
    /// Number of failed requests.
    pub errors: u64,
    /// Total size of the values that reads requested, in bytes.
    pub read_bytes: u64,
    /// Total size of the values that hits returned, in bytes.
    pub hit_bytes: u64,
    /// Reads and hits by tenant number (`hit-ratio` only). Empty for a workload with one tenant or
    /// with more than [`MAX_TENANTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_tenant: Vec<TenantCounts>,
}

/// Maximum number of tenants that are counted separately.
pub const MAX_TENANTS: usize = 256;

/// Reads and hits of one tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCounts {
    /// Read requests.
    pub reads: u64,
    /// Reads answered by the cache.
    pub hits: u64,
}

impl Counts {
    /// Returns hits divided by reads, or 0 without reads.
    #[must_use]
    pub fn hit_ratio(&self) -> f64 {
        if self.reads == 0 { 0.0 } else { self.hits as f64 / self.reads as f64 }
    }

    /// Adds the counts of another instance of the same trial.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.reads += other.reads;
        self.writes += other.writes;
        self.deletes += other.deletes;
        self.hits += other.hits;
        self.misses += other.misses;
        add_elementwise(&mut self.hits_by_tier, &other.hits_by_tier);
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

/// Adds counts tenant by tenant; missing elements count as 0.
pub fn add_by_tenant(sum: &mut Vec<TenantCounts>, other: &[TenantCounts]) {
    if sum.len() < other.len() {
        sum.resize(other.len(), TenantCounts::default());
    }
    for (sum, other) in sum.iter_mut().zip(other) {
        sum.reads += other.reads;
        sum.hits += other.hits;
    }
}

/// Adds numbers element by element; missing elements count as 0.
pub(crate) fn add_elementwise(sum: &mut Vec<u64>, other: &[u64]) {
    if sum.len() < other.len() {
        sum.resize(other.len(), 0);
    }
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
}
