//! Findings of a gate: how a change compares with its thresholds.

use serde::{Deserialize, Serialize};

use super::cell::NotComparable;
use super::conclusion::UnconfirmedReason;
use crate::trial::{Load, Meter};

/// Figure that a gate checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateFigure {
    /// Requests per second.
    Throughput,
    /// Exact hit ratio, at every capacity.
    HitRatio,
    /// 99th percentile of the time per request.
    P99,
    /// Instructions per request.
    Instructions,
}

/// Verdict of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateVerdict {
    /// The whole interval is within the tolerance.
    NoRegression,
    /// The interval contains the tolerance.
    Inconclusive,
    /// The whole interval is beyond the tolerance.
    Regression,
}

/// Finding of one threshold in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// The threshold as given.
    pub threshold: String,
    /// Figure of the threshold.
    pub figure: GateFigure,
    /// The verdict.
    pub verdict: GateVerdict,
    /// Change that decides the verdict; absent if nothing could be compared.
    pub change: Option<Change>,
    /// Reason why nothing could be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_measured: Option<NotMeasured>,
    /// Loads and capacities without a verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_judged: Vec<NotJudged>,
}

/// Change of a figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Change as a share (−0.02: 2 % less); for a hit ratio a difference.
    pub estimate: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Load of a latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// Capacity in entries of a hit ratio; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_entries: Option<u64>,
}

/// Reason why a figure could not be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotMeasured {
    /// The run is unconfirmed.
    Unconfirmed {
        /// The reasons.
        reasons: Vec<UnconfirmedReason>,
    },
    /// No round contains both variants.
    NoCommonRound,
    /// The throughputs are not comparable.
    NotComparable {
        /// The reason.
        cause: NotComparable,
    },
    /// There are too few rounds.
    TooFewRounds {
        /// Rounds; absent for latencies.
        rounds: Option<u32>,
    },
    /// The hit ratios were not counted over the same requests.
    DifferentRequests,
    /// The meter was not requested or left no figures.
    MeterMissing {
        /// The meter.
        meter: Meter,
    },
}

/// Load or capacity without a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotJudged {
    /// The hit ratio at a capacity was not counted for both.
    Capacity {
        /// Capacity in entries; absent without a limit.
        capacity_entries: Option<u64>,
    },
    /// There are too few rounds at a load.
    Load {
        /// The load.
        load: Load,
        /// Observed change, as a share.
        change: Option<f64>,
        /// Rounds.
        rounds: usize,
    },
}
