//! Choice of a variant by constraints and weighted criteria.

use serde::{Deserialize, Serialize};

/// Outcome of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// True if the user gave a `decision.toml`.
    pub configured: bool,
    /// Constraints and weights.
    pub config: DecisionConfig,
    /// Scenarios that count.
    pub scenarios: Vec<String>,
    /// True if the run is confirmed in all of them.
    pub confirmed: bool,
    /// Chosen variants: the first by score if configured, else every recommended variant.
    pub chosen: Vec<String>,
    /// Variants that satisfy every constraint, the highest total first.
    pub scores: Vec<VariantScore>,
    /// Variants that violate a constraint.
    pub excluded: Vec<Excluded>,
    /// Range of each criterion's weight in which the first variant stays first.
    pub sensitivity: Vec<WeightRange>,
    /// Mean latency of a read by tier, for each scenario that counts.
    pub latencies: Vec<ScenarioLatencies>,
    /// Production checklist of each completed variant.
    pub checklists: Vec<Checklist>,
}

/// Constraints and weights of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DecisionConfig {
    /// Scenarios that count; empty for all.
    pub scenarios: Vec<String>,
    /// Requirements.
    pub constraints: Constraints,
    /// Given latencies of the tiers.
    pub tiers: TierLatencies,
    /// Weights.
    pub weights: Weights,
}

/// Requirements of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Constraints {
    /// Processes must share entries.
    pub shared: bool,
    /// The cache must have a limit and keep it.
    pub bounded: bool,
    /// Entries must survive the end of the process.
    pub survives_restart: bool,
    /// It must not need a service that is not operated yet.
    pub no_new_service: bool,
    /// Services that are operated already.
    pub operated: Vec<String>,
    /// Upper limit of the 99th percentile of the time per request, in nanoseconds.
    pub p99_under_ns: Option<f64>,
    /// Upper limit of the memory of the filled cache, in bytes.
    pub memory_under_bytes: Option<f64>,
}

/// Latency of each tier in nanoseconds; absent values are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierLatencies {
    /// In process.
    pub l1_ns: Option<f64>,
    /// Shared cache.
    pub l2_ns: Option<f64>,
    /// Origin: the miss cost.
    pub l3_ns: Option<f64>,
}

/// Weights of the criteria; only their proportions count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Weights {
    /// Mean latency.
    pub performance: f64,
    /// Code and dependencies.
    pub simplicity: f64,
    /// Memory and services.
    pub cost: f64,
    /// Years in production.
    pub longevity: f64,
    /// Points of failure and incorrect answers.
    pub risk: f64,
}

/// Criterion of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// Mean latency.
    Performance,
    /// Code and dependencies.
    Simplicity,
    /// Memory and services.
    Cost,
    /// Years in production.
    Longevity,
    /// Points of failure and incorrect answers.
    Risk,
}

/// Scores of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantScore {
    /// The variant.
    pub variant: String,
    /// Weighted total, out of 50.
    pub total: f64,
    /// Scores in the order of [`Criterion::ALL`].
    pub scores: Vec<Score>,
}

/// Score of one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Score {
    /// 0 to 10.
    pub points: f64,
    /// The figures behind the points.
    pub evidence: ScoreEvidence,
}

/// Figures behind a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "criterion", rename_all = "kebab-case")]
pub enum ScoreEvidence {
    /// Mean latency.
    Performance {
        /// Geometric mean over the compared scenarios, in nanoseconds.
        mean_latency_ns: Option<f64>,
        /// Scenarios in which every timed variant was timed.
        compared_scenarios: usize,
        /// Scenarios that count.
        scenarios: usize,
    },
    /// Code and dependencies.
    Simplicity {
        /// Lines of code and own dependencies, if they were counted.
        code: Option<[u64; 2]>,
        /// Services.
        services: usize,
    },
    /// Memory and services.
    Cost {
        /// Services that are not operated yet.
        new_services: usize,
        /// Services that are operated already.
        operated_services: usize,
        /// Memory per entry.
        bytes_per_entry: Option<f64>,
    },
    /// Years in production.
    Longevity {
        /// Declared years.
        years: Option<f64>,
    },
    /// Points of failure and incorrect answers.
    Risk {
        /// Services.
        services: usize,
        /// True without a limit.
        unbounded: bool,
        /// True if it declares that answers may be stale.
        may_be_stale: bool,
        /// True if a scenario is unconfirmed.
        unconfirmed: bool,
        /// Highest share of stale answers, if at least 1 %.
        stale: Option<ShareInScenario>,
        /// Highest share of failed or unserved requests, if at least 1 %.
        errors: Option<ShareInScenario>,
        /// Own dependencies.
        own_dependencies: u64,
    },
}

/// Share in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareInScenario {
    /// The share.
    pub share: f64,
    /// The scenario.
    pub scenario: String,
}

/// Variant that violates a constraint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Excluded {
    /// The variant.
    pub variant: String,
    /// Violated constraints.
    pub violations: Vec<ConstraintViolation>,
}

/// Violated constraint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "violation", rename_all = "kebab-case")]
pub enum ConstraintViolation {
    /// It has no figures, or figures that do not count.
    Absent,
    /// Processes do not share its entries, or that was not tried.
    NotShared {
        /// True if it was tried.
        tried: bool,
    },
    /// Its entries end with the process, or that was not tried.
    NotPersistent {
        /// True if it was tried.
        tried: bool,
    },
    /// It was not observed to keep a limit.
    NotBounded,
    /// It needs a service that is not operated yet.
    NewService {
        /// The service.
        service: String,
    },
    /// Its 99th percentile is too high, or was not measured.
    P99 {
        /// Highest measured 99th percentile, in nanoseconds.
        p99_ns: Option<f64>,
    },
    /// Its memory is too large, or was not measured.
    Memory {
        /// Bytes of the filled cache.
        bytes: Option<f64>,
    },
}

/// Range of a criterion's weight in which the first variant stays first, the other weights keeping
/// their proportions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightRange {
    /// The criterion.
    pub criterion: Criterion,
    /// Present share of the weight.
    pub share: f64,
    /// Below this share another variant is first.
    pub from: Option<f64>,
    /// Above this share another variant is first.
    pub to: Option<f64>,
}

/// Mean latency of a read by tier in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScenarioLatencies {
    /// The scenario.
    pub scenario: String,
    /// Variants with hit ratio and throughput.
    pub variants: Vec<VariantLatency>,
}

/// Mean latency of a read of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantLatency {
    /// The variant.
    pub variant: String,
    /// Σ share × latency, in nanoseconds.
    pub mean_ns: f64,
    /// The tiers, nearest first.
    pub tiers: Vec<TierLatency>,
}

/// Share and latency of one tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierLatency {
    /// `L1`, `L2` or `L3`.
    pub tier: String,
    /// Share of the reads that it answers.
    pub share: f64,
    /// Latency of its answers, in nanoseconds.
    pub latency_ns: f64,
}

/// Production checklist of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checklist {
    /// The variant.
    pub variant: String,
    /// Findings in the order of [`ChecklistItem::ALL`].
    pub findings: Vec<ChecklistFinding>,
}

/// Item of the production checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChecklistItem {
    /// Stale entries expire.
    TimeToLive,
    /// Concurrent loads of one key are limited.
    StampedeProtection,
    /// Requests are served while the cache is unavailable.
    CacheOutage,
    /// The cache keeps its limit.
    BoundedMemory,
    /// Writes invalidate the entries of other instances.
    Invalidation,
}

/// Finding of one checklist item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChecklistFinding {
    /// The item.
    pub item: ChecklistItem,
    /// Result; absent if no measurement shows it.
    pub passed: Option<bool>,
    /// The figures behind the result.
    pub evidence: Option<ChecklistEvidence>,
    /// Bundled scenario that shows it for this variant.
    pub shown_by: String,
}

/// Figures behind a checklist finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "evidence", rename_all = "kebab-case")]
pub enum ChecklistEvidence {
    /// Rows changed behind the cache.
    Expiry {
        /// The scenario.
        scenario: String,
        /// Age of the oldest stale answer, in milliseconds; absent if there was none.
        oldest_ms: Option<f64>,
        /// True if stale answers continued in the last quarter of the time.
        continued: bool,
    },
    /// Many requests for a key that was being loaded.
    ConcurrentLoads {
        /// The scenario.
        scenario: String,
        /// Most concurrent loads of one key.
        loads: u64,
        /// Instances.
        instances: u64,
        /// Variant with the most, if that is another.
        most: Option<VariantLoads>,
    },
    /// The cache was unavailable.
    Outage {
        /// The scenario.
        scenario: String,
        /// The first fault event.
        event: crate::paced::config::FaultKind,
        /// Share of the requests that failed or were not served meanwhile.
        failed: f64,
        /// Share of slow requests meanwhile.
        slow: f64,
        /// True if no request failed in the last quarter of the time after it.
        recovered: bool,
        /// Milliseconds from the first fault to recovery.
        recovery_ms: Option<u64>,
    },
    /// Writes of other instances.
    OtherInstances {
        /// The scenario.
        scenario: String,
        /// 99th percentile of the time that an instance kept an old value, in milliseconds; absent
        /// if no answer was stale.
        p99_ms: Option<f64>,
        /// Share of stale answers.
        stale_share: f64,
    },
    /// Disqualified for its memory.
    Disqualified {
        /// The reason.
        message: String,
    },
    /// Held entries with a limit.
    Limited {
        /// The scenario.
        scenario: String,
        /// Held entries.
        held: u64,
        /// Allowed entries.
        allowed: u64,
    },
    /// Held entries without a limit.
    Unlimited {
        /// The scenario.
        scenario: String,
        /// Held entries.
        held: u64,
        /// Bytes grown; 0 if not known.
        bytes: u64,
    },
}

/// Concurrent loads of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantLoads {
    /// The variant.
    pub variant: String,
    /// Most concurrent loads of one key.
    pub loads: u64,
}

impl Criterion {
    /// Every criterion, in the order of the score table.
    pub const ALL: [Self; 5] =
        [Self::Performance, Self::Simplicity, Self::Cost, Self::Longevity, Self::Risk];
}

impl ChecklistItem {
    /// Every item, in the order of the checklist.
    pub const ALL: [Self; 5] = [
        Self::TimeToLive,
        Self::StampedeProtection,
        Self::CacheOutage,
        Self::BoundedMemory,
        Self::Invalidation,
    ];
}

impl VariantScore {
    /// Returns the points in the order of [`Criterion::ALL`].
    #[must_use]
    pub fn points(&self) -> [f64; 5] {
        [0, 1, 2, 3, 4].map(|index| self.scores.get(index).map_or(0.0, |score| score.points))
    }
}

impl Weights {
    /// Returns the weights in the order of [`Criterion::ALL`].
    #[must_use]
    pub const fn all(&self) -> [f64; 5] {
        [self.performance, self.simplicity, self.cost, self.longevity, self.risk]
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { performance: 1.0, simplicity: 1.0, cost: 1.0, longevity: 1.0, risk: 1.0 }
    }
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            shared: false,
            bounded: true,
            survives_restart: false,
            no_new_service: false,
            operated: Vec::new(),
            p99_under_ns: None,
            memory_under_bytes: None,
        }
    }
}
