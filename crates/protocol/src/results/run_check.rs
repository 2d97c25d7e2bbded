//! Run checks: tests of whether the measurements of a run can be trusted.

use serde::{Deserialize, Serialize};

use crate::exploration::RoundsEndReason;
use crate::sample::Disturbance;

/// One run check and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunCheck {
    /// True if the check passed; absent for a check that only informs.
    pub passed: Option<bool>,
    /// Subject of the check, with its figures.
    #[serde(flatten)]
    pub check: Check,
}

/// Subject of a run check, with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "check", rename_all = "kebab-case")]
pub enum Check {
    /// Comparison of the baseline with itself in one scenario. The scenario's `aa_control` has the
    /// figures.
    AaControl {
        /// Name of the scenario.
        scenario: String,
        /// True if the interval contains a ratio of 1, or is within the equivalence margin.
        no_difference: bool,
        /// Largest difference, as a share, that the noise could hide; absent if it is at most 10 %.
        hides: Option<f64>,
    },
    /// Number of complete rounds.
    Rounds {
        /// Lowest number of rounds of a scenario.
        fewest: u32,
        /// Highest number of rounds of a scenario.
        most: u32,
        /// Requested number of rounds.
        requested: u32,
        /// True if the rounds of a scenario ended because the time budget was used up.
        out_of_time: bool,
        /// True if the rounds of a scenario ended because the requested precision was reached.
        precise: bool,
        /// Requested half-width of every interval, as a share.
        precision: Option<f64>,
    },
    /// Typical spread of the throughput samples of a cell, relative to their median.
    ///
    /// Computed as 1.4826 times the median absolute deviation; the typical spread is the median
    /// over cells.
    Noise {
        /// Spread as a share of the median.
        spread: f64,
    },
    /// Strongest common trend of all variants from the first round to the last.
    Drift {
        /// Change, as a share of throughput.
        trend: f64,
        /// Probability that chance alone causes a trend this strong.
        p_value: Option<f64>,
    },
    /// Pairs whose throughput ratio drifted.
    DriftingPairs {
        /// Pairs whose throughput ratio drifted.
        pairs: Vec<VariantPair>,
    },
    /// Variants whose throughput samples form two groups.
    TwoSpeeds {
        /// Variant and scenario of each such cell.
        cells: Vec<[String; 2]>,
    },
    /// Variants whose throughput the load generator limited, not the service.
    GeneratorSaturation {
        /// Variant and scenario of each such cell.
        cells: Vec<[String; 2]>,
    },
    /// Time of the last worker of a trial divided by that of the first.
    FinishSkew {
        /// Highest skew of a trial.
        highest: f64,
    },
    /// Variants with almost no hits at a capacity at which exact LRU has many.
    ImplausibleHitRatios {
        /// The lowest hit ratio of each such variant, compared with LRU.
        found: Vec<ImplausibleHitRatio>,
    },
    /// Load average before timed trials.
    Load {
        /// Highest load average.
        highest: f64,
    },
    /// Processor time that the hypervisor took during timed trials.
    StolenTime {
        /// Highest share in a trial.
        share: f64,
    },
    /// Time per request that the harness itself needs.
    Harness {
        /// Variant with a strategy that does nothing.
        variant: String,
        /// Nanoseconds per request.
        request_ns: f64,
    },
    /// Numbers of completed and failed trials; `trials` has the figures.
    TimedTrials,
    /// Uncommitted changes in the measured tree.
    WorkingTree,
}

/// Hit ratio below a tenth of that of exact LRU at the same capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImplausibleHitRatio {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// Hit ratio of the variant.
    pub hit_ratio: f64,
    /// Hit ratio of exact LRU.
    pub lru_hit_ratio: f64,
}

/// Two variants in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantPair {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// Name of the variant that `variant` is compared with.
    pub baseline: String,
}

/// Disturbances and trends during the rounds of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoundChecks {
    /// Common trend of all variants from the first round to the last, as a share of throughput.
    /// Paired ratios cancel it.
    pub drift: Option<f64>,
    /// Probability that chance alone causes a trend this strong.
    pub drift_p: Option<f64>,
    /// Pairs whose throughput ratio drifted; they make the run unconfirmed.
    pub drifting_pairs: Vec<VariantPair>,
    /// Variants whose throughput samples form two groups.
    pub bimodal: Vec<String>,
    /// Highest load average before a trial.
    pub highest_load_average: Option<f64>,
    /// Highest share of processor time that the hypervisor took during a trial.
    pub highest_steal_share: Option<f64>,
    /// Highest share of processor time that other processes used during a trial.
    #[serde(default)]
    pub highest_others_share: Option<f64>,
    /// Highest finish skew of a trial with several workers.
    #[serde(default)]
    pub highest_finish_skew: Option<f64>,
    /// Involuntary context switches in all measured windows.
    pub involuntary_switches: u64,
    /// Number of timed trials that were disturbed but count.
    #[serde(default)]
    pub disturbed_trials: u32,
    /// Number of timed trials that were repeated because of a disturbance.
    #[serde(default)]
    pub repeated_trials: u32,
    /// Number of disturbed timed trials by kind, including trials that were repeated.
    #[serde(default)]
    pub disturbances: Vec<DisturbanceCount>,
    /// Reason why the rounds ended.
    #[serde(default)]
    pub stopped: Option<RoundsEndReason>,
}

/// Number of trials with one kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisturbanceCount {
    /// Kind of disturbance.
    pub by: Disturbance,
    /// Number of trials.
    pub trials: u32,
}
