//! Decision for a variant, based on the user's constraints and weighted criteria.

mod checklist;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use checklist::{Checklist, ChecklistEvidence, ChecklistFinding, ChecklistItem, VariantLoads};

/// Outcome of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// True if the user gave a `decision.toml`.
    pub configured: bool,
    /// Constraints and weights.
    pub config: DecisionConfig,
    /// Names of the scenarios that count.
    pub scenarios: Vec<String>,
    /// True if the run is confirmed in all scenarios that count.
    pub confirmed: bool,
    /// Chosen variants: with a `decision.toml` the one with the highest score, otherwise every
    /// recommended variant.
    pub chosen: Vec<String>,
    /// Scores of the variants that satisfy every constraint, the highest total first.
    pub scores: Vec<VariantScore>,
    /// Variants that violate a constraint.
    pub excluded: Vec<ExcludedVariant>,
    /// Range of each criterion's weight within which the variant with the highest score stays the
    /// same.
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
    /// Requirements that a chosen variant must satisfy.
    pub constraints: Constraints,
    /// Latencies of the tiers for which the user states one.
    pub tiers: TierLatencies,
    /// Weights of the criteria.
    pub weights: Weights,
}

/// Requirements that a chosen variant must satisfy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Constraints {
    /// True if several processes must share entries.
    pub shared: bool,
    /// True if the cache must have a size limit and keep it.
    pub bounded: bool,
    /// True if entries must survive the end of the process.
    pub survives_restart: bool,
    /// True if the variant must not need a service that the user does not operate yet.
    pub no_new_service: bool,
    /// Names of the services that the user already operates.
    pub operated: Vec<String>,
    /// Upper limit of the 99th percentile of the time per request, in nanoseconds.
    pub p99_under_ns: Option<f64>,
    /// Upper limit of the memory of the filled cache, in bytes.
    pub memory_under_bytes: Option<f64>,
}

/// Latency of each tier, in nanoseconds. The measured latency replaces an absent one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierLatencies {
    /// Latency of a cache in the process.
    pub l1_ns: Option<f64>,
    /// Latency of a shared cache.
    pub l2_ns: Option<f64>,
    /// Latency of the origin: the miss cost.
    pub l3_ns: Option<f64>,
}

/// Weights of the criteria; only their proportions count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Weights {
    /// Weight of the mean latency of a read.
    pub performance: f64,
    /// Weight of the lines of code and the number of dependencies.
    pub simplicity: f64,
    /// Weight of the memory per entry and the required services.
    pub cost: f64,
    /// Weight of the years in production use.
    pub longevity: f64,
    /// Weight of the points of failure and the incorrect answers.
    pub risk: f64,
}

/// Criterion of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// Mean latency of a read.
    Performance,
    /// Lines of code and number of dependencies.
    Simplicity,
    /// Memory per entry and required services.
    Cost,
    /// Years in production use.
    Longevity,
    /// Points of failure and incorrect answers.
    Risk,
}

/// Scores of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantScore {
    /// Name of the variant.
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
    /// Points, from 0 to 10; absent if nothing is known, which leaves the criterion out of the total.
    pub points: Option<f64>,
    /// Figures from which the points follow.
    pub evidence: ScoreEvidence,
}

/// Figures from which a score follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "criterion", rename_all = "kebab-case")]
pub enum ScoreEvidence {
    /// Mean latency of a read.
    Performance {
        /// Geometric mean of the latencies over the compared scenarios, in nanoseconds.
        mean_latency_ns: Option<f64>,
        /// Number of scenarios in which every timed variant was timed.
        compared_scenarios: usize,
        /// Number of scenarios that count.
        scenarios: usize,
    },
    /// Lines of code and number of dependencies.
    Simplicity {
        /// Lines of code and number of own dependencies, if they were counted.
        code: Option<[u64; 2]>,
        /// Number of required services.
        services: usize,
    },
    /// Memory per entry and required services.
    Cost {
        /// Number of required services that the user does not operate yet.
        new_services: usize,
        /// Number of required services that the user already operates.
        operated_services: usize,
        /// Memory per entry, in bytes.
        bytes_per_entry: Option<f64>,
    },
    /// Years in production use, and maintenance.
    Longevity {
        /// Years in production, as declared in `variant.toml`.
        years: Option<f64>,
        /// Date of the library's last release, as declared in `variant.toml`.
        #[serde(default)]
        last_release: Option<Date>,
        /// True if the library is declared to be no longer maintained.
        #[serde(default)]
        unmaintained: bool,
    },
    /// Points of failure and incorrect answers.
    Risk {
        /// Number of required services.
        services: usize,
        /// True if the cache has no size limit.
        unbounded: bool,
        /// True if the strategy declares that answers may be stale.
        may_be_stale: bool,
        /// True if the run is unconfirmed in a scenario.
        unconfirmed: bool,
        /// Highest share of stale answers, if at least 1 %.
        stale: Option<ShareInScenario>,
        /// Highest share of failed or unserved requests, if at least 1 %.
        errors: Option<ShareInScenario>,
        /// Number of dependencies that the harness does not have.
        own_dependencies: u64,
    },
}

/// Share observed in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareInScenario {
    /// Observed share, from 0 to 1.
    pub share: f64,
    /// Name of the scenario.
    pub scenario: String,
}

/// Variant that violates a constraint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExcludedVariant {
    /// Name of the variant.
    pub variant: String,
    /// Constraints that the variant violates.
    pub violations: Vec<ConstraintViolation>,
}

/// Constraint that a variant violates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "violation", rename_all = "kebab-case")]
pub enum ConstraintViolation {
    /// The variant has no figures, or figures that do not count.
    Absent,
    /// Processes do not share entries, or sharing was not tested.
    NotShared {
        /// True if sharing was tested.
        tried: bool,
    },
    /// Entries do not survive the end of the process, or survival was not tested.
    NotPersistent {
        /// True if survival was tested.
        tried: bool,
    },
    /// The cache was not observed to keep a size limit.
    NotBounded,
    /// The variant needs a service that the user does not operate yet.
    NewService {
        /// Name of the service.
        service: String,
    },
    /// The 99th percentile of the time per request is too high, or was not measured.
    P99 {
        /// Highest measured 99th percentile, in nanoseconds.
        p99_ns: Option<f64>,
    },
    /// The filled cache needs too much memory, or its memory was not measured.
    Memory {
        /// Measured size of the filled cache, in bytes.
        bytes: Option<f64>,
    },
}

/// Range of one weight within which the variant with the highest score stays the same.
///
/// The other weights keep their proportions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightRange {
    /// Criterion whose weight changes.
    pub criterion: Criterion,
    /// Current weight of the criterion, as a share of the sum of all weights.
    pub share: f64,
    /// Share below which another variant has the highest score; absent if there is none.
    pub from: Option<f64>,
    /// Share above which another variant has the highest score; absent if there is none.
    pub to: Option<f64>,
}

/// Mean latency of a read by tier in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScenarioLatencies {
    /// Name of the scenario.
    pub scenario: String,
    /// Latencies of the variants whose hit ratio and throughput are known.
    pub variants: Vec<VariantLatency>,
}

/// Mean latency of a read of one variant, with its parts by tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantLatency {
    /// Name of the variant.
    pub variant: String,
    /// Sum of share × latency over the tiers, in nanoseconds.
    pub mean_ns: f64,
    /// Share and latency of each tier, the nearest tier first.
    pub tiers: Vec<TierLatency>,
}

/// Share of reads that one tier answers, and the latency of its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierLatency {
    /// Name of the tier: `L1`, `L2` or `L3`.
    pub tier: String,
    /// Share of all reads that the tier answers.
    pub share: f64,
    /// Latency of the tier's answers, in nanoseconds.
    pub latency_ns: f64,
}

impl Criterion {
    /// Every criterion, in the order of the score table.
    pub const ALL: [Self; 5] =
        [Self::Performance, Self::Simplicity, Self::Cost, Self::Longevity, Self::Risk];
}

impl VariantScore {
    /// Returns the points in the order of [`Criterion::ALL`]; `None` if nothing is known.
    #[must_use]
    pub fn points(&self) -> [Option<f64>; 5] {
        [0, 1, 2, 3, 4].map(|index| self.scores.get(index).and_then(|score| score.points))
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
