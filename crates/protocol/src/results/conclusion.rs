//! Conclusions of one scenario and over all scenarios.

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
        /// The variant.
        variant: String,
    },
    /// One variant beats every other eligible one.
    Recommended(Recommendation),
    /// Two of the best variants cannot be compared.
    NotComparable {
        /// One variant.
        variant: String,
        /// The other.
        rival: String,
        /// The reason.
        reason: NotComparable,
    },
    /// The best variants differ by too little to prefer one.
    TooClose {
        /// The best variants.
        variants: Vec<String>,
        /// The faster one of a pair among them.
        faster: String,
        /// The other one of that pair.
        than: String,
    },
    /// The evidence does not separate the best variants.
    Inconclusive {
        /// The best variants.
        variants: Vec<String>,
        /// The pair that prevents a recommendation, the faster one first.
        pair: Option<[String; 2]>,
    },
}

/// Recommended variant of a scenario and its conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommendation {
    /// The variant.
    pub variant: String,
    /// Lowest miss cost at which it is recommended, in nanoseconds; absent if there is none.
    pub valid_from_miss_ns: Option<f64>,
    /// Highest miss cost at which it is recommended; absent if there is none.
    pub valid_up_to: Option<UpperLimit>,
    /// Disadvantages in paced replays compared with another eligible variant.
    pub trade_offs: Vec<TradeOff>,
    /// Variant that comes closest to it.
    pub closest_rival: Option<ClosestRival>,
    /// Highest miss cost below which another variant has the lower mean access time.
    pub better_below: Option<Crossover>,
}

/// Highest miss cost at which a recommendation is valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpperLimit {
    /// Miss cost, in nanoseconds.
    pub miss_cost_ns: f64,
    /// Its interval, if it is a crossover.
    pub interval_ns: Option<[f64; 2]>,
    /// Variant that may be better above it.
    pub rival: String,
    /// True if the rival has the lower mean access time above it; false if the replays do not show
    /// which of the two misses less.
    pub rival_is_better: bool,
}

/// The variant that comes closest to the recommended one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClosestRival {
    /// The variant.
    pub variant: String,
    /// Hit ratio of the recommended variant minus that of this one; absent if they were counted
    /// over different requests.
    pub hit_ratio_gain: Option<f64>,
    /// Service time of the recommended variant minus that of this one, in nanoseconds.
    pub time_difference_ns: f64,
}

/// Disadvantage of a recommended variant in paced replays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradeOff {
    /// The kind.
    pub kind: TradeOffKind,
    /// Amount of the recommended variant: a share of the answers (stale reads) or of the requests
    /// due (unanswered), lost writes, or concurrent loads of one key (stampedes).
    pub amount: f64,
    /// Lowest amount of another eligible variant.
    pub least: f64,
    /// That variant.
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
}

/// Requirement under which another variant is the better choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "requirement", rename_all = "kebab-case")]
pub enum Reversal {
    /// Another miss cost; see the crossovers of the scenario.
    MissCost,
    /// A trade-off is not acceptable.
    TradeOff(TradeOff),
    /// Processes must share entries.
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

/// Further fact that matters to the choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Note {
    /// A variant without a limit, compared with a bounded one.
    Unbounded {
        /// The variant.
        variant: String,
        /// Recommended or only bounded variant.
        compared_with: String,
        /// Verdict on its throughput.
        verdict: Verdict,
    },
    /// The throughput of a rival is not compared with that of the recommended variant.
    ThroughputNotCompared {
        /// Recommended variant.
        variant: String,
        /// The rival.
        rival: String,
        /// The reason.
        reason: NotComparable,
    },
    /// A quick run cannot see small differences.
    LowResolution {
        /// Difference, as a share, below which half of the pairs would mostly be missed.
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
    /// The variant.
    pub variant: String,
    /// Its eligibility.
    #[serde(flatten)]
    pub eligibility: Eligibility,
}

/// Eligibility of a variant for the recommendation, with the reason if it is not eligible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "eligibility", rename_all = "kebab-case")]
pub enum Eligibility {
    /// It may.
    Eligible,
    /// It has no limit.
    Unbounded,
    /// Its server keeps its own capacity.
    ServerCapacity,
    /// An answer was wrong.
    WrongAnswers {
        /// First wrong answer.
        message: String,
    },
    /// It exceeded its memory budget.
    MemoryBudgetExceeded {
        /// Error message.
        message: String,
    },
    /// It failed a conformance case.
    ConformanceFailed {
        /// The case.
        case: String,
    },
    /// A trial failed.
    TrialFailed {
        /// Error message.
        message: String,
    },
    /// Too many requests failed.
    RequestsFailed {
        /// Share of failed requests.
        share: f64,
    },
    /// No complete round contains it.
    NotTimed,
    /// Its exact hit ratio is not known.
    HitRatioUnknown,
    /// Its runner did not declare its properties.
    PropertiesUnknown,
    /// It measures only the harness.
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
        /// Rounds.
        rounds: u32,
    },
    /// The baseline differs from itself.
    AaControlFailed {
        /// Ratio of throughputs.
        ratio: f64,
        /// Lower end of its interval.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Ratios drifted from round to round.
    DriftingPairs {
        /// The pairs.
        pairs: Vec<super::VariantPair>,
    },
    /// Variants were rebuilt after the rounds.
    Rebuilt {
        /// The variants.
        variants: Vec<String>,
    },
}

/// Recommendations over all scenarios, with as few conditions as possible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcrossScenarios {
    /// Number of scenarios.
    pub scenarios: usize,
    /// Recommendations, each for one or more scenarios.
    pub recommendations: Vec<SharedRecommendation>,
    /// Scenarios without a recommendation.
    pub open: Vec<String>,
}

/// Recommendation for several scenarios under one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedRecommendation {
    /// The variant.
    pub variant: String,
    /// The scenarios.
    pub scenarios: Vec<String>,
    /// Lowest miss cost at which it is recommended in all of them, in nanoseconds.
    pub valid_from_miss_ns: Option<f64>,
    /// Highest miss cost, in nanoseconds.
    pub valid_up_to_miss_ns: Option<f64>,
    /// Trade-offs in any of them.
    pub trade_offs: Vec<TradeOffKind>,
}
