//! Tests of whether a run can be trusted.

use serde::{Deserialize, Serialize};

use crate::exploration::Stopped;
use crate::sample::Disturbance;

/// One run check and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunCheck {
    /// Result; absent if the check only informs.
    pub passed: Option<bool>,
    /// Subject and finding of the check.
    #[serde(flatten)]
    pub check: Check,
}

/// Subject of a run check, with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "check", rename_all = "kebab-case")]
pub enum Check {
    /// The baseline against itself in one scenario; the scenario's `aa_control` has the figures.
    AaControl {
        /// The scenario.
        scenario: String,
        /// True if the interval contains no difference, or lies within the equivalence margin.
        no_difference: bool,
        /// Largest difference, as a share, that the noise could hide, if it is more than 10 %.
        hides: Option<f64>,
    },
    /// Complete rounds.
    Rounds {
        /// Fewest of a scenario.
        fewest: u32,
        /// Most of a scenario.
        most: u32,
        /// Requested rounds.
        requested: u32,
        /// True if the time budget ended the rounds of a scenario.
        out_of_time: bool,
        /// True if the requested precision ended the rounds of a scenario.
        precise: bool,
        /// Requested half-width of every interval, as a share.
        precision: Option<f64>,
    },
    /// Typical spread of a variant's samples of throughput, as a share of their median: the median
    /// over cells of 1.4826 times the median absolute deviation.
    Noise {
        /// The share.
        spread: f64,
    },
    /// Strongest trend of all variants together from the first round to the last.
    Drift {
        /// Change, as a share of throughput.
        trend: f64,
        /// Probability of so strong a trend by chance.
        p_value: Option<f64>,
    },
    /// Pairs whose ratio drifted.
    DriftingPairs {
        /// The pairs.
        pairs: Vec<VariantPair>,
    },
    /// Variants whose samples fall into two groups.
    TwoSpeeds {
        /// Variant and scenario.
        cells: Vec<[String; 2]>,
    },
    /// Load average before timed trials.
    Load {
        /// Highest.
        highest: f64,
    },
    /// Processor time that the hypervisor took during timed trials.
    StolenTime {
        /// Highest share.
        share: f64,
    },
    /// Time of the harness itself.
    Harness {
        /// Strategy that does nothing.
        variant: String,
        /// Nanoseconds per request.
        request_ns: f64,
    },
    /// Completed and failed trials; see `trials` for the figures.
    TimedTrials,
    /// Uncommitted changes in the measured tree.
    WorkingTree,
}

/// Two variants in one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantPair {
    /// The scenario.
    pub scenario: String,
    /// The variant.
    pub variant: String,
    /// The variant that it is compared with.
    pub baseline: String,
}

/// Disturbances and trends of the rounds of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoundChecks {
    /// Trend of all variants together from the first round to the last, as a share of throughput.
    /// Paired ratios cancel it.
    pub drift: Option<f64>,
    /// Probability of so strong a trend by chance.
    pub drift_p: Option<f64>,
    /// Pairs whose ratio drifted; they make the run unconfirmed.
    pub drifting_pairs: Vec<VariantPair>,
    /// Variants whose samples fall into two groups.
    pub bimodal: Vec<String>,
    /// Highest load average before a trial.
    pub highest_load_average: Option<f64>,
    /// Highest share of processor time that the hypervisor took during a trial.
    pub highest_steal_share: Option<f64>,
    /// Highest share of processor time that other processes used during a trial.
    #[serde(default)]
    pub highest_others_share: Option<f64>,
    /// Involuntary context switches in all measured windows.
    pub involuntary_switches: u64,
    /// Disturbed timed trials that count.
    #[serde(default)]
    pub disturbed_trials: u32,
    /// Timed trials that were repeated because of a disturbance.
    #[serde(default)]
    pub repeated_trials: u32,
    /// Disturbances of timed trials by kind, repeated trials included.
    #[serde(default)]
    pub disturbances: Vec<DisturbanceCount>,
    /// Reason why the rounds ended.
    #[serde(default)]
    pub stopped: Option<Stopped>,
}

/// Trials with one kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisturbanceCount {
    /// The kind.
    pub by: Disturbance,
    /// Number of trials.
    pub trials: u32,
}
