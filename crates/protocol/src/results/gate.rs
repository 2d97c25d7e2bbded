//! Findings of a gate: one verdict per threshold on the change from an old to a new variant.

use serde::{Deserialize, Serialize};

use super::conclusion::UnconfirmedReason;
use crate::trial::Meter;

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

/// Verdict on one threshold of a gate.
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

/// Result of one threshold in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateFinding {
    /// Name of the scenario.
    pub scenario: String,
    /// Threshold as the user gave it.
    pub threshold: String,
    /// Figure that the threshold limits.
    pub figure: GateFigure,
    /// Verdict on the threshold.
    pub verdict: GateVerdict,
    /// Change that decides the verdict; absent if nothing could be compared.
    pub change: Option<FigureChange>,
    /// Reason why nothing could be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_measured: Option<NotMeasured>,
    /// Arrival patterns and capacities for which there is no verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_judged: Vec<NotJudged>,
}

/// Change of a figure from the old to the new variant, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureChange {
    /// Estimated change as a share (−0.02 is 2 % less); for a hit ratio, the difference of the two.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Arrival pattern of the requests whose p99 changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// Capacity in entries at which a hit ratio was counted; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_entries: Option<u64>,
}

/// Arrival pattern of requests: closed loop or open loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Each request follows the answer to the previous one.
    ClosedLoop {
        /// Number of worker threads.
        workers: u32,
    },
    /// Requests arrive at a fixed rate.
    OpenLoop {
        /// Scheduled arrivals per second.
        requests_per_second: u32,
    },
}

/// Reason why a figure could not be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotMeasured {
    /// The run is unconfirmed.
    Unconfirmed {
        /// Reasons why the run is unconfirmed.
        reasons: Vec<UnconfirmedReason>,
    },
    /// No round contains both variants.
    NoCommonRound,
    /// There are too few rounds.
    TooFewRounds {
        /// Number of rounds; absent for latencies.
        rounds: Option<u32>,
    },
    /// The hit ratios were not counted over the same requests.
    DifferentRequests,
    /// The meter was not requested or left no figures.
    MeterMissing {
        /// Name of the meter.
        meter: Meter,
    },
}

/// Arrival pattern or capacity for which there is no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NotJudged {
    /// The hit ratio at a capacity was not counted for both variants.
    Capacity {
        /// Capacity in entries; absent without a limit.
        capacity_entries: Option<u64>,
    },
    /// Too few rounds measured the latency.
    Latency {
        /// Arrival pattern of the requests.
        arrivals: Arrivals,
        /// Observed change, as a share.
        change: Option<f64>,
        /// Number of rounds that measured the latency.
        rounds: usize,
    },
}
