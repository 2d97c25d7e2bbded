//! Record `results/<NAME>/results/<variant>_progress.json`: the progress of one variant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Status of a variant; `completed`, `failed` and `skipped` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not started yet.
    Pending,
    /// In progress.
    Running,
    /// Finished with figures.
    Completed,
    /// Stopped by a failure.
    Failed,
    /// Not measured; `error` gives the reason.
    Skipped,
}

/// Current phase of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Creates the worktree.
    Preparing,
    /// Runs the `--generate-cmd` command.
    Generating,
    /// Compiles the runner.
    Building,
    /// Runs the conformance kit.
    Checking,
    /// Replays workloads for exact hit ratios.
    Replaying,
    /// Takes part in timed rounds.
    Measuring,
    /// Finished.
    Done,
}

/// Progress of one variant. A later state keeps everything that an earlier one recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// Schema version.
    pub schema: u32,
    /// Name of the variant.
    pub variant: String,
    /// Current status.
    pub status: Status,
    /// Time at which this record was written.
    pub timestamp: Timestamp,
    /// Name of the exploration.
    pub experiment: String,
    /// Current phase.
    pub phase: Phase,
    /// Description given by the user.
    pub description: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Requested git ref.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Commit that the ref resolved to.
    pub commit: String,
    /// Path of the worktree, relative to the workspace root.
    pub worktree: String,
    /// Branch of the worktree.
    pub branch: String,
    /// Current step of the phase, in a few words; empty if the phase says enough.
    #[serde(default)]
    pub step: String,
    /// Finished share of the work, in percent (0 to 100).
    pub percent: f64,
    /// Estimated seconds until the variant is finished; absent if unknown.
    pub eta_seconds: Option<f64>,
    /// Time of the last sign of life.
    pub heartbeat: Timestamp,
    /// Seconds spent, by phase.
    #[serde(default)]
    pub durations_seconds: BTreeMap<String, f64>,
    /// Exact hit ratio at the timed capacity, by scenario.
    #[serde(default)]
    pub hit_ratio: BTreeMap<String, f64>,
    /// Median requests per second so far, by scenario.
    #[serde(default)]
    pub requests_per_second: BTreeMap<String, f64>,
    /// Duration of the `--generate-cmd` command, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_seconds: Option<f64>,
    /// Result of the `--generate-cmd` command, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// Reason why a measured variant cannot be recommended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disqualified: Option<String>,
    /// Reason why the variant failed or was skipped.
    #[serde(default)]
    pub error: Option<Failure>,
}

/// Result of the `--generate-cmd` command for a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Generation {
    /// `completed` or `failed`.
    pub status: Status,
    /// Commit on the variant's branch after the command has run.
    pub commit: String,
    /// Log of the command's output, relative to the directory of the exploration.
    pub log: String,
}

/// Failure as shown to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// Stable identifier: `build`, `conformance`, `wrong-answers`, `timeout`, `panic`, `memory`,
    /// `protocol`, `exit`, `open`, `strategy`, `service`, `worktree`, `generate`.
    pub kind: String,
    /// Cause of the failure.
    pub message: String,
    /// Suggested next step.
    pub hint: String,
    /// Log file, relative to the directory of the exploration.
    pub log: String,
}
