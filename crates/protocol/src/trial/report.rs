//! The report of a trial: common counts and times, and the figures of its meter.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Meter;
use super::counts::Counts;
use crate::paced::PacedOutcome;

/// Report that a runner sends at the end of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialReport {
    /// Counts of the whole workload (`hit-ratio`), or of the measured window in all passes.
    pub counts: Counts,
    /// Wall time of the measured part.
    pub elapsed_ns: u64,
    /// Processor time of the runner's process during the measured part.
    pub cpu_ns: u64,
    /// Number of replays of the measured window.
    pub passes: u64,
    /// Entries held at the end, after settling.
    pub entries_held: u64,
    /// Entries held by tier; empty for a cache with one tier.
    #[serde(default)]
    pub tier_entries: Vec<u64>,
    /// Bytes held, as reported by the strategy.
    #[serde(default)]
    pub bytes_held: Option<u64>,
    /// Evictions, as reported by the strategy.
    #[serde(default)]
    pub evictions: Option<u64>,
    /// Peak resident size of the process so far.
    pub peak_rss_bytes: u64,
    /// Anonymous resident memory before the strategy was opened.
    pub rss_anon_before_bytes: u64,
    /// Anonymous resident memory after the last request.
    pub rss_anon_after_bytes: u64,
    /// Checksum of every answer of the first pass, in hexadecimal: the sum modulo 2^64 of
    /// `(key ^ version · 0xD6E8FEB86659FD93) · (2 · index + 1)` over all answered reads, where
    /// `index` is the request's index in the workload.
    pub answers_checksum: String,
    /// First wrong answer or error; the first stale answer if there was neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_violation: Option<Violation>,
    /// Involuntary context switches during the measured part.
    #[serde(default)]
    pub involuntary_switches: u64,
    /// Figures of the meter.
    pub meter: MeterReport,
}

/// Figures that only one meter reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MeterReport {
    /// Exact counts of a whole replay.
    HitRatio {
        /// Counts without the warm-up requests.
        after_warmup: Counts,
    },
    /// No figures beyond the common ones.
    #[default]
    Throughput,
    /// Latency distribution.
    Latency {
        /// Latencies in nanoseconds: HdrHistogram V2, deflated, base64.
        histogram: String,
        /// Calibration of the measurement.
        timing: Timing,
        /// Requests issued more than 1 ms, and more than one interval of the schedule, after their
        /// scheduled time (open loop only).
        #[serde(default)]
        missed_deadlines: u64,
    },
    /// No figures beyond the common ones.
    Memory,
    /// Processor instructions.
    Instructions {
        /// Instructions of the measured window; absent if the driver's simulator counts them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
    },
    /// Outcome of a paced replay.
    Paced(Box<PacedOutcome>),
}

impl MeterReport {
    /// Returns the meter that these figures belong to.
    #[must_use]
    pub const fn meter(&self) -> Meter {
        match self {
            Self::HitRatio { .. } => Meter::HitRatio,
            Self::Throughput => Meter::Throughput,
            Self::Latency { .. } => Meter::Latency,
            Self::Memory => Meter::Memory,
            Self::Instructions { .. } => Meter::Instructions,
            Self::Paced(_) => Meter::Paced,
        }
    }

    /// Returns the counts without warm-up of a `hit-ratio` trial.
    #[must_use]
    pub const fn after_warmup(&self) -> Option<&Counts> {
        match self {
            Self::HitRatio { after_warmup } => Some(after_warmup),
            _ => None,
        }
    }

    /// Returns the encoded latency histogram of a `latency` trial.
    #[must_use]
    pub fn histogram(&self) -> Option<&str> {
        match self {
            Self::Latency { histogram, .. } => Some(histogram),
            _ => None,
        }
    }

    /// Returns the calibration of a `latency` trial.
    #[must_use]
    pub const fn timing(&self) -> Option<&Timing> {
        match self {
            Self::Latency { timing, .. } => Some(timing),
            _ => None,
        }
    }

    /// Returns the missed deadlines of a `latency` trial; 0 for every other meter.
    #[must_use]
    pub const fn missed_deadlines(&self) -> u64 {
        match self {
            Self::Latency { missed_deadlines, .. } => *missed_deadlines,
            _ => 0,
        }
    }

    /// Returns the instruction count of an `instructions` trial.
    #[must_use]
    pub const fn instructions(&self) -> Option<u64> {
        match self {
            Self::Instructions { count } => *count,
            _ => None,
        }
    }

    /// Returns the outcome of a `paced` trial.
    #[must_use]
    pub fn paced(&self) -> Option<&PacedOutcome> {
        match self {
            Self::Paced(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// Request that violated a promise of the strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// Index of the request in the workload.
    pub request: u64,
    /// Description of the violation, as a sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "request {}: {}", self.request, self.what)
    }
}

/// Calibration of per-request timing, done in the same process before the measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timing {
    /// Mean number of requests per timed request; 1 if every request was timed.
    pub mean_gap: u64,
    /// Median duration measured for an empty operation, in nanoseconds: the lower limit of every
    /// measured latency, and contained in each.
    pub clock_ns: f64,
    /// Estimated share by which timing lengthened the replay (0.05 is 5 %).
    pub overhead_share: f64,
}
