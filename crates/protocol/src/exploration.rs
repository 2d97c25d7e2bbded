//! `results/<NAME>/exploration.json`: the resolved request of an exploration.

use std::collections::BTreeMap;

use bakeoff_strategy::{Capacity, Properties};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::trial::{Load, Meter};
use crate::variant::Manifest;

/// Resolved request of one exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exploration {
    /// Schema version.
    pub schema: u32,
    /// Name of the exploration.
    pub name: String,
    /// Time of the first request.
    pub created: Timestamp,
    /// Command that repeats the exploration.
    pub command: String,
    /// Variants, in the user's order.
    pub variants: Vec<Variant>,
    /// Scenarios, in the user's order.
    pub scenarios: Vec<Scenario>,
    /// Variant that the others are compared with.
    pub baseline: String,
    /// Root of all randomness, in decimal.
    #[serde(with = "crate::trial::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// `quick`, `standard` or `publish`.
    pub profile: String,
    /// Maximum number of rounds.
    pub rounds: u32,
    /// Stopping rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// True if the base tree had uncommitted changes.
    pub dirty: bool,
    /// Version of bakeoff.
    pub tool_version: String,
    /// Output of `rustc --version`.
    pub rustc: String,
    /// Versions of the services, by name (`redis` → `7.0.15 (jemalloc-5.2.1)`).
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// Meters beyond hit ratio, throughput, latency and memory.
    #[serde(default)]
    pub meters: Vec<Meter>,
    /// Machine that measured.
    pub machine: Machine,
}

/// Stopping rule for the rounds of a scenario. It looks at precision and time, never at
/// significance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stopping {
    /// Half-width that the interval of every pair must reach, as a share of throughput (0.01 is
    /// 1 %), or a twentieth of the difference if that is wider. 0 is never reached.
    pub precision: f64,
    /// Rounds before precision is checked.
    pub minimum_rounds: u32,
    /// Maximum number of rounds.
    pub maximum_rounds: u32,
    /// Limit of the measuring time of all scenarios together. The rounds that a verdict needs are
    /// done in any case.
    pub budget_seconds: Option<f64>,
}

/// Reason why the rounds of a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Every interval reached the requested precision.
    Precision,
    /// All rounds were done.
    Rounds,
    /// The time budget was used up.
    Time,
}

/// Requested variant, resolved to a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variant {
    /// Name of the variant.
    pub name: String,
    /// Description given by the user.
    pub description: String,
    /// Name of the strategy, a directory under `variants/`.
    pub strategy: String,
    /// Requested git ref.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Commit that the ref resolved to.
    pub commit: String,
    /// Tree of that commit.
    pub tree: String,
    /// Git id of `crates/` in that tree; empty if unknown. Variants with different ids were measured
    /// by different harnesses.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub harness: String,
    /// Ref that everything but the strategy's directory was taken from, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness_ref: Option<String>,
    /// Options of the variant.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Contents of its `variant.toml`.
    pub manifest: Manifest,
    /// Properties that its runner declared; `None` before the first `hello`.
    #[serde(default)]
    pub properties: Option<Properties>,
}

/// Options for reading a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceReading {
    /// True to replay write operations of block and address traces as writes.
    #[serde(default)]
    pub keep_ops: bool,
    /// Meaning of the columns or fields, in the syntax of `--columns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// Maximum number of requests, from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl TraceReading {
    /// Returns true if no option is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Scenario, resolved for one exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scenario {
    /// Name of the scenario.
    pub name: String,
    /// Digest of the scenario's text.
    pub digest: String,
    /// Replayed trace, as the user gave it (`[FORMAT:]PATH`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Options for reading that trace.
    #[serde(default, skip_serializing_if = "TraceReading::is_default")]
    pub reading: TraceReading,
    /// Round group that counts for the scenario, see
    /// [`TimedSlot::round_group`](crate::TimedSlot::round_group); empty before the first round.
    #[serde(default)]
    pub round_group: String,
    /// Reason why its rounds ended; absent before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// One-line summary.
    pub summary: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Requests in the workload.
    pub requests: u64,
    /// Read requests.
    pub reads: u64,
    /// Distinct keys.
    pub unique_keys: u64,
    /// Capacities of the hit-ratio replays, ascending.
    pub capacities: Vec<Capacity>,
    /// Capacity of the timed trials.
    pub timed_capacity: Capacity,
    /// Load of the timed trials.
    pub load: Load,
    /// Rates of the open loops, in percent of the closed loop's throughput. Absent for the default
    /// rates, which apply to strategies with a service only.
    #[serde(default)]
    pub open_loop: Option<Vec<u32>>,
    /// Further numbers of workers for throughput.
    #[serde(default)]
    pub scaling: Vec<u32>,
    /// Round groups of the other timed cells (latency, scaling), see
    /// [`TimedSlot::round_group`](crate::TimedSlot::round_group).
    #[serde(default)]
    pub secondary_groups: Vec<String>,
    /// Requests of a hit-ratio replay of a strategy with a service.
    pub service_requests: u64,
    /// Capacities for such a strategy.
    pub service_capacities: Vec<Capacity>,
    /// Length of the measured window, in requests.
    pub window_requests: u64,
    /// Length of the measured window of a strategy with a service, in requests.
    pub service_window_requests: u64,
    /// Differences below this share are equivalent (0.01 is 1 %).
    pub delta: f64,
}

/// Machine that measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    /// Digest of the other fields except the load average.
    pub digest: String,
    /// Processor model.
    pub cpu: String,
    /// Logical processors available to this process.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Kernel version.
    pub kernel: String,
    /// Frequency governor, if it can be read.
    pub governor: Option<String>,
    /// Load average of the last minute at the start.
    pub load_average: f64,
}
