//! Conclusions: the recommendation of each scenario and over all scenarios.

use serde::{Deserialize, Serialize};

use super::cell::NotComparable;
use super::pair::{Crossover, Verdict};

/// Recommendation of a scenario, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
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
    /// One variant is better than every other eligible one.
    Recommended(Recommendation),
    /// Two of the best variants cannot be compared.
    NotComparable {
        /// First variant.
        variant: String,
        /// Second variant.
        rival: String,
        /// Reason why the two cannot be compared.
        reason: NotComparable,
    },
    /// The best variants differ by too little to prefer one.
    TooClose {
        /// Best variants.
        variants: Vec<String>,
        /// Faster variant of one pair of them.
        faster: String,
        /// Slower variant of that pair.
        than: String,
    },
    /// The evidence does not separate the best variants.
    Inconclusive {
        /// Best variants.
        variants: Vec<String>,
        /// Pair that prevents a recommendation, the faster variant first.
        pair: Option<[String; 2]>,
    },
}

/// Recommended variant of a scenario and the conditions under which it is recommended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommendation {
    /// Name of the variant.
    pub variant: String,
    /// Lowest miss cost at which the variant is recommended, in nanoseconds; absent without a lower
    /// limit.
    pub valid_from_miss_ns: Option<f64>,
    /// Highest miss cost at which the variant is recommended; absent without an upper limit.
    pub valid_up_to: Option<UpperLimit>,
    /// Disadvantages compared with other eligible variants.
    pub trade_offs: Vec<TradeOff>,
    /// Variant that comes closest to the recommended one.
    pub closest_rival: Option<ClosestRival>,
    /// Crossover below which another variant has the lower mean access time; the highest one if
    /// there are several.
    pub better_below: Option<Crossover>,
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
    /// Service time of the recommended variant minus that of the rival, in nanoseconds.
    pub time_difference_ns: f64,
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
    /// Compares a variant without a size limit with a bounded one.
    Unbounded {
        /// Variant without a limit.
        variant: String,
        /// Bounded variant: the recommended one, or the only bounded one.
        compared_with: String,
        /// Verdict on the throughput of the variant without a limit.
        verdict: Verdict,
    },
    /// The throughput of a rival is not compared with that of the recommended variant.
    ThroughputNotCompared {
        /// Recommended variant.
        variant: String,
        /// Name of the rival.
        rival: String,
        /// Reason why the throughputs are not compared.
        reason: NotComparable,
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
