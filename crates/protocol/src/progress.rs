//! `results/<NAME>/results/<variant>_progress.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a variant stands; `completed`, `failed` and `skipped` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Done, with figures.
    Completed,
    /// Ended with a reason.
    Failed,
    /// Not tried, with a reason.
    Skipped,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Worktree.
    Preparing,
    /// The command of `--implement`.
    Implementing,
    /// Compiling.
    Building,
    /// Conformance.
    Checking,
    /// Exact hit ratios.
    Replaying,
    /// Timed rounds.
    Measuring,
    /// Nothing more.
    Done,
}

/// One variant's progress; a later state never loses what an earlier one said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// Version of this record.
    pub schema: u32,
    /// The variant's name.
    pub variant: String,
    /// Where it stands.
    pub status: Status,
    /// When this was written.
    pub timestamp: Timestamp,
    /// The exploration's name.
    pub experiment: String,
    /// What is under way.
    pub phase: Phase,
    /// The user's description.
    pub description: String,
    /// The strategy.
    pub strategy: String,
    /// The git ref that was asked for.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// The commit that it is.
    pub commit: String,
    /// Path of the worktree, relative to the workspace root.
    pub worktree: String,
    /// Its branch.
    pub branch: String,
    /// What is under way within the phase, in a few words; empty where the phase says it all.
    #[serde(default)]
    pub step: String,
    /// 0 to 100.
    pub percent: f64,
    /// Expected seconds to the end.
    pub eta_seconds: Option<f64>,
    /// When it was last seen alive.
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
    /// Seconds that the command of `--implement` took, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation_seconds: Option<f64>,
    /// How that command ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<Implementation>,
    /// Why a variant that left figures may not be named winner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disqualified: Option<String>,
    /// Why it failed or was skipped.
    #[serde(default)]
    pub error: Option<Failure>,
}

/// How the command of `--implement` ended for a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Implementation {
    /// `completed` or `failed`.
    pub status: Status,
    /// The commit on the variant's branch that holds its work.
    pub commit: String,
    /// What it printed, relative to the exploration's folder.
    pub log: String,
}

/// A failure as its user reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// A stable word: `build`, `conformance`, `wrong-answers`, `timeout`, `panic`, `memory`,
    /// `protocol`, `exit`, `open`, `strategy`, `service`, `worktree`, `implement`.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The log to read, relative to the exploration's folder.
    pub log: String,
}
