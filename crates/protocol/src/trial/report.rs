//! Report of a trial: common counts and times, and the figures of its meter.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Meter;
use super::counts::Counts;
use super::operations::{MemoryTurnover, OperationTimes};
use super::rate_step::RateStepReport;
use super::replay_clock::ReplayClock;
use crate::paced::PacedOutcome;

/// Report that a runner sends at the end of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialReport {
    /// Counts of the whole workload (`hit-ratio`), or of the measured window in all passes.
    pub counts: Counts,
    /// Wall time of the measured part, in nanoseconds.
    pub elapsed_ns: u64,
    /// Time until the first worker had finished its part, in nanoseconds; absent with one worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_finish_ns: Option<u64>,
    /// Processor time of the runner's process during the measured part, in nanoseconds.
    pub cpu_ns: u64,
    /// Number of times that the measured window was replayed.
    pub passes: u64,
    /// Number of entries held at the end, after `settle`.
    pub entries_held: u64,
    /// Number of entries held by tier; empty for a cache with one tier.
    #[serde(default)]
    pub tier_entries: Vec<u64>,
    /// Bytes held at the end, if the strategy reports them.
    #[serde(default)]
    pub bytes_held: Option<u64>,
    /// Number of evictions, if the strategy reports it.
    #[serde(default)]
    pub evictions: Option<u64>,
    /// Peak resident memory of the process, in bytes.
    pub peak_rss_bytes: u64,
    /// Anonymous resident memory before the strategy was opened, in bytes.
    pub rss_anon_before_bytes: u64,
    /// Anonymous resident memory after the last request, in bytes.
    pub rss_anon_after_bytes: u64,
    /// Checksum of all answers of the first pass, in hexadecimal.
    ///
    /// It is the sum modulo 2^64 of `(key ^ version · 0xD6E8FEB86659FD93) · (2 · index + 1)` over
    /// all answered reads, where `index` is the request's index in the workload.
    pub answers_checksum: String,
    /// First wrong answer or error. If there was none, the first stale answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_violation: Option<Violation>,
    /// Involuntary context switches during the measured part.
    #[serde(default)]
    pub involuntary_switches: u64,
    /// Time of a lookup and of a store (`throughput` only). Absent if the cache is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_times: Option<OperationTimes>,
    /// Memory while the content is replaced (`memory` only). Absent for a cache without a limit, and
    /// for one whose server limits and reports its memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_turnover: Option<MemoryTurnover>,
    /// Figures that only the meter of this trial reports.
    pub meter: MeterReport,
}

impl TrialReport {
    /// Returns the finish skew: time of the last worker divided by time of the first.
    ///
    /// `None` with one worker.
    #[must_use]
    pub fn finish_skew(&self) -> Option<f64> {
        self.first_finish_ns
            .filter(|&first| first > 0)
            .map(|first| self.elapsed_ns as f64 / first as f64)
    }
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
        /// Clock of the strategy and of its servers.
        #[serde(default)]
        clock: ReplayClock,
    },
    /// No additional figures.
    #[default]
    Throughput,
    /// Latency distribution.
    Latency {
        /// Latencies in nanoseconds, as HdrHistogram V2, deflated, in base64.
        histogram: String,
        /// Calibration of the timing.
        timing: TimingCalibration,
    },
    /// Distribution of the response time at each rate of an open loop.
    ResponseTime {
        /// Measured steps. The last one may be saturated; higher rates are then not measured.
        steps: Vec<RateStepReport>,
        /// Calibration of the timing.
        timing: TimingCalibration,
    },
    /// No additional figures.
    Memory,
    /// Instruction count of the processor.
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
            Self::ResponseTime { .. } => Meter::ResponseTime,
            Self::Memory => Meter::Memory,
            Self::Instructions { .. } => Meter::Instructions,
            Self::Paced(_) => Meter::Paced,
        }
    }

    /// Returns the counts without the warm-up; `None` unless the meter is `hit-ratio`.
    #[must_use]
    pub const fn after_warmup(&self) -> Option<&Counts> {
        match self {
            Self::HitRatio { after_warmup, .. } => Some(after_warmup),
            _ => None,
        }
    }

    /// Returns the clock of the replay; `None` unless the meter is `hit-ratio`.
    #[must_use]
    pub const fn clock(&self) -> Option<ReplayClock> {
        match self {
            Self::HitRatio { clock, .. } => Some(*clock),
            _ => None,
        }
    }

    /// Returns the encoded latency histogram; `None` unless the meter is `latency`.
    #[must_use]
    pub fn histogram(&self) -> Option<&str> {
        match self {
            Self::Latency { histogram, .. } => Some(histogram),
            _ => None,
        }
    }

    /// Returns the calibration of the timing; `None` if the meter times no single requests.
    #[must_use]
    pub const fn timing(&self) -> Option<&TimingCalibration> {
        match self {
            Self::Latency { timing, .. } | Self::ResponseTime { timing, .. } => Some(timing),
            _ => None,
        }
    }

    /// Returns the steps of an open loop; empty unless the meter is `response-time`.
    #[must_use]
    pub fn rate_steps(&self) -> &[RateStepReport] {
        match self {
            Self::ResponseTime { steps, .. } => steps,
            _ => &[],
        }
    }

    /// Returns the instruction count; `None` if there is none in the report.
    #[must_use]
    pub const fn instructions(&self) -> Option<u64> {
        match self {
            Self::Instructions { count } => *count,
            _ => None,
        }
    }

    /// Returns the outcome of a paced replay; `None` unless the meter is `paced`.
    #[must_use]
    pub fn paced(&self) -> Option<&PacedOutcome> {
        match self {
            Self::Paced(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// Request whose answer violated a promise of the strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// Index of the request in the workload.
    pub request: u64,
    /// Description of the violation.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "request {}: {}", self.request, self.what)
    }
}

/// Calibration of per-request timing, measured in the same process before the trial is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimingCalibration {
    /// Mean distance from one timed request to the next, in requests; 1 if every request was timed.
    pub mean_gap: u64,
    /// Median duration measured for a request to a strategy that stores nothing, in nanoseconds.
    /// Every measured latency includes this time.
    pub clock_ns: f64,
    /// Estimated share by which timing lengthened the replay (0.05 is 5 %).
    pub overhead_share: f64,
}
