//! Conclusions: the recommendation of each scenario and over all scenarios.

use serde::{Deserialize, Serialize};

use super::pair::{Crossover, Verdict};
use crate::deciding::DecidingQuantity;

/// Recommendation of a scenario, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "there is one conclusion per scenario")]
pub enum Conclusion {
    /// The run is unconfirmed.
    Unconfirmed,
    /// No eligible variant has figures.
    NoCandidate,
    /// Only one eligible variant has figures.
    SingleCandidate {
        /// Name of the variant.
        variant: String,
    },
    /// Every eligible variant is shown to have a higher mean access time than running without a
    /// cache.
    NoCache {
        /// Eligible variant with the lowest mean access time.
        lowest: String,
        /// Mean access time of that variant divided by that without a cache.
        ratio: f64,
    },
    /// One variant is better than every other eligible one, or equivalent to the best.
    Recommended(Recommendation),
    /// Several variants are shown to be equivalent, and better than all others.
    Equivalent {
        /// Names of the variants, the one with the lowest value first.
        variants: Vec<String>,
    },
    /// The evidence does not separate the best variants.
    Undecided {
        /// Best variants, the one with the lowest value first; a single one is not separated from
        /// running without a cache.
        variants: Vec<String>,
        /// Quantity that does not separate them.
        quantity: DecidingQuantity,
        /// Additional measurement that would probably separate the first two; absent if no
        /// affordable measurement would.
        needed: Option<NeededMeasurement>,
    },
}

impl Conclusion {
    /// Returns true if the evidence answers the question of the scenario.
    #[must_use]
    pub const fn is_decided(&self) -> bool {
        matches!(self, Self::Recommended(_) | Self::Equivalent { .. } | Self::NoCache { .. })
    }
}

/// Additional measurement that would probably decide between two variants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NeededMeasurement {
    /// Number of additional rounds.
    pub rounds: u32,
    /// Expected duration of these rounds, in minutes.
    pub minutes: f64,
}

/// Recommended variant of a scenario and the conditions under which it is recommended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommendation {
    /// Name of the variant.
    pub variant: String,
    /// Quantity that decided: the first one of the scenario that separates the variant from the
    /// closest rival.
    pub decided_by: DecidingQuantity,
    /// Lowest miss cost at which the variant is recommended, in nanoseconds; absent without a lower
    /// limit.
    pub valid_from_miss_ns: Option<f64>,
    /// Highest miss cost at which the variant is recommended; absent without an upper limit.
    pub valid_up_to: Option<UpperLimit>,
    /// Disadvantages compared with other eligible variants.
    pub trade_offs: Vec<TradeOff>,
    /// Variant that comes closest to the recommended one in the deciding quantity.
    pub closest_rival: Option<ClosestRival>,
    /// Crossover below which another variant has the lower mean access time; the highest one if
    /// there are several.
    pub better_below: Option<Crossover>,
    /// Variants that are equivalent in every deciding quantity, although their values are higher.
    #[serde(default)]
    pub equivalent: Vec<String>,
    /// Share of the reads that the variant leaves to the origin; absent without an exact replay.
    #[serde(default)]
    pub origin_share: Option<f64>,
}

/// Highest miss cost at which a recommendation is valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpperLimit {
    /// Miss cost, in nanoseconds.
    pub miss_cost_ns: f64,
    /// Interval of the miss cost; absent unless the limit is a crossover.
    pub interval_ns: Option<[f64; 2]>,
    /// Variant that may be better above the limit.
    pub rival: String,
    /// True if the rival has the lower mean access time above the limit. False if the replays do
    /// not show which of the two has fewer misses.
    pub rival_is_better: bool,
}

/// Variant that comes closest to the recommended one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClosestRival {
    /// Name of the variant.
    pub variant: String,
    /// Hit ratio of the recommended variant minus that of the rival; absent if they were counted
    /// over different requests.
    pub hit_ratio_gain: Option<f64>,
    /// Service time of the recommended variant minus that of the rival, in nanoseconds; absent if
    /// the two were not timed in the same rounds.
    pub time_difference_ns: Option<f64>,
    /// Difference of mean access times as a share of the rival's: estimate, lower and upper end of
    /// the paired interval. Negative if the recommended variant has the lower mean access time.
    #[serde(default)]
    pub access_time_change: Option<[f64; 3]>,
    /// Share by which the loads from the origin are fewer than those of the rival; negative if they
    /// are more.
    #[serde(default)]
    pub fewer_origin_loads: Option<f64>,
    /// Deciding quantity of the recommended variant and of the rival, in its unit.
    #[serde(default)]
    pub values: Option<[f64; 2]>,
}

/// Disadvantage of a recommended variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradeOff {
    /// Kind of disadvantage.
    pub kind: TradeOffKind,
    /// Amount for the recommended variant. Stale reads are a share of the answers, unanswered
    /// requests a share of the scheduled requests. Lost writes and stampedes (concurrent loads of
    /// one key) are numbers, memory is in bytes.
    pub amount: f64,
    /// Lowest amount among the other eligible variants.
    pub least: f64,
    /// Variant with that lowest amount.
    pub by: String,
}

/// Kind of disadvantage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TradeOffKind {
    /// Answers older than the newest committed version.
    StaleReads,
    /// Requests that failed or that no instance served.
    Unanswered,
    /// Acknowledged writes that never reached the origin.
    LostWrites,
    /// Many concurrent loads of one key.
    Stampedes,
    /// Memory per entry, in bytes, of more than twice the lowest of a bounded variant.
    MemoryPerEntry,
}

/// Requirement under which another variant is the better choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "requirement", rename_all = "kebab-case")]
pub enum Reversal {
    /// The miss cost is different; see the crossovers of the scenario.
    MissCost,
    /// A trade-off of the recommended variant is not acceptable.
    TradeOff(TradeOff),
    /// The capacity is different: another variant has the lower mean access time there.
    Capacity {
        /// Name of the other variant.
        variant: String,
        /// Lowest measured capacity of the range, in entries.
        from_entries: u64,
        /// Highest measured capacity of the range, in entries.
        to_entries: u64,
        /// True if the range ends at the largest measured capacity.
        open_ended: bool,
        /// Hit ratio of the other variant minus that of the recommended one, at the end of the range
        /// that is closer to the timed capacity.
        hit_ratio_gain: f64,
    },
    /// The number of threads is different: another variant has the higher throughput there.
    Threads {
        /// Name of the other variant.
        variant: String,
        /// Lowest measured number of threads at which the other variant has the higher throughput.
        workers: u32,
        /// Throughput of the other variant divided by that of the recommended one.
        ratio: f64,
    },
    /// Other scenarios of this run recommend another variant.
    Scenarios {
        /// Variant that they recommend.
        variant: String,
        /// Names of the other scenarios.
        scenarios: Vec<String>,
    },
    /// Several processes must share entries.
    SharedEntries {
        /// Variants that shared entries in a test.
        variants: Vec<String>,
    },
    /// Entries must survive a restart.
    Persistence {
        /// Variants whose entries survived a restart in a test.
        variants: Vec<String>,
    },
}

/// Additional fact that matters for the choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// Comparison of a variant without a size limit with a bounded one.
    Unbounded {
        /// Variant without a limit.
        variant: String,
        /// Bounded variant: the recommended one, or the only bounded one.
        compared_with: String,
        /// Verdict on the throughput of the variant without a limit.
        verdict: Verdict,
        /// Mean access time of the variant without a limit divided by that of the bounded one.
        #[serde(default)]
        access_time_ratio: Option<f64>,
    },
    /// Even the best cache saves the origin few reads.
    FewHits {
        /// Highest hit ratio of an eligible variant at the timed capacity.
        hit_ratio: f64,
    },
    /// The hit ratio of a variant in its measured windows differs from that of the workload after
    /// the warm-up.
    WindowsDiffer {
        /// Name of the variant.
        variant: String,
        /// Hit ratio in the measured windows of all rounds.
        windows: f64,
        /// Hit ratio of the workload after the warm-up.
        workload: f64,
    },
    /// A quick run cannot detect small differences.
    LowResolution {
        /// Difference, as a share, that half of the pairs would usually fail to detect.
        undetected_below: f64,
    },
    /// Variants were measured by different versions of the harness.
    DifferentHarnesses {
        /// First variant.
        variant: String,
        /// Variants with another harness.
        others: Vec<String>,
    },
}

/// Eligibility of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantEligibility {
    /// Name of the variant.
    pub variant: String,
    /// Eligibility, with the reason if the variant is not eligible.
    #[serde(flatten)]
    pub eligibility: Eligibility,
}

/// Eligibility of a variant for the recommendation, with the reason if it is not eligible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "eligibility", rename_all = "kebab-case")]
pub enum Eligibility {
    /// The variant may be recommended.
    Eligible,
    /// The cache has no size limit.
    Unbounded,
    /// The capacity is set in the server's own configuration.
    ServerCapacity,
    /// The cache returned a wrong answer.
    WrongAnswers {
        /// Description of the first wrong answer.
        message: String,
    },
    /// The runner exceeded its memory budget.
    MemoryBudgetExceeded {
        /// Error message.
        message: String,
    },
    /// The memory of the full cache grows while its content is replaced.
    MemoryGrows {
        /// Memory after the second pass, in bytes.
        from_bytes: u64,
        /// Memory at the end, in bytes.
        to_bytes: u64,
        /// Number of times that the content was replaced.
        turnovers: f64,
    },
    /// The strategy failed a conformance case.
    ConformanceFailed {
        /// Name of the case.
        case: String,
    },
    /// A trial of the variant failed.
    TrialFailed {
        /// Error message.
        message: String,
    },
    /// Too many requests failed.
    RequestsFailed {
        /// Share of failed requests.
        share: f64,
    },
    /// No complete round contains the variant.
    NotTimed,
    /// No paced replay of the variant was completed.
    NotReplayed,
    /// The exact hit ratio is not known.
    HitRatioUnknown,
    /// The runner did not declare its properties.
    PropertiesUnknown,
    /// The strategy only measures the harness.
    HarnessOnly,
}

/// Reason why a scenario's run is unconfirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum UnconfirmedReason {
    /// No round of timed trials is complete.
    NoCompleteRound,
    /// The rounds contain no A/A control.
    NoAaControl,
    /// There are too few rounds to test the A/A control.
    TooFewRounds {
        /// Number of complete rounds.
        rounds: u32,
    },
    /// The baseline differs from its own second entry, the A/A control.
    AaControlFailed {
        /// Ratio of the two throughputs of the baseline.
        ratio: f64,
        /// Lower end of the interval of the ratio.
        low: f64,
        /// Upper end of the interval of the ratio.
        high: f64,
    },
    /// The throughput ratios of some pairs drifted from round to round.
    DriftingPairs {
        /// Pairs whose ratio drifted.
        pairs: Vec<super::VariantPair>,
    },
    /// Some variants were rebuilt after the rounds.
    Rebuilt {
        /// Names of the variants.
        variants: Vec<String>,
    },
}

/// Recommendations over all scenarios, with as few conditions as possible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcrossScenarios {
    /// Number of scenarios.
    pub scenarios: usize,
    /// Recommendations, each for one or more of the scenarios.
    pub recommendations: Vec<SharedRecommendation>,
    /// Names of the scenarios without a recommendation.
    pub open: Vec<String>,
}

/// Recommendation for several scenarios under one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedRecommendation {
    /// Name of the variant.
    pub variant: String,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
    /// Lowest miss cost at which the variant is recommended in all these scenarios, in nanoseconds.
    pub valid_from_miss_ns: Option<f64>,
    /// Highest miss cost at which the variant is recommended in all these scenarios, in
    /// nanoseconds.
    pub valid_up_to_miss_ns: Option<f64>,
    /// Trade-offs of the variant in any of these scenarios.
    pub trade_offs: Vec<TradeOffKind>,
}
