//! Record `results/<NAME>/exploration.json`: variants, scenarios and settings of an exploration.

use std::collections::BTreeMap;

use bakeoff_strategy::{Capacity, Properties};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::deciding::DecidingRule;
use crate::trial::{Load, Meter};
use crate::variant::Manifest;

/// Contents of `exploration.json`: variants, scenarios and settings of one exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exploration {
    /// Schema version of this record.
    pub schema: u32,
    /// Name of the exploration.
    pub name: String,
    /// Time at which the exploration was first requested.
    pub created: Timestamp,
    /// Command that repeats the exploration.
    pub command: String,
    /// Variants, in the user's order.
    pub variants: Vec<Variant>,
    /// Scenarios, in the user's order.
    pub scenarios: Vec<Scenario>,
    /// Name of the variant that the others are compared with.
    pub baseline: String,
    /// Seed of everything random in the exploration, as a decimal string.
    #[serde(with = "crate::trial::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// Measurement profile: `quick`, `standard` or `publish`.
    pub profile: String,
    /// Maximum number of rounds per scenario.
    pub rounds: u32,
    /// Rule that ends the rounds of a scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<StoppingRule>,
    /// True if a variant was built from a tree with uncommitted changes.
    pub dirty: bool,
    /// Version of bakeoff.
    pub tool_version: String,
    /// Output of `rustc --version`.
    pub rustc: String,
    /// Versions of the services, by name (`redis` → `7.0.15 (jemalloc-5.2.1)`).
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// Meters to measure in addition to hit ratio, throughput, latency and memory.
    #[serde(default)]
    pub meters: Vec<Meter>,
    /// Machine on which the trials ran.
    pub machine: Machine,
}

/// Rule that ends the rounds of a scenario, based on precision and time, never on significance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoppingRule {
    /// Half-width at which the interval of a throughput ratio is narrow enough (0.01 is 1 %).
    ///
    /// For a large difference, a twentieth of the difference is narrow enough. The rounds end when
    /// every pair is precise; 0 disables this check.
    pub precision: f64,
    /// Number of rounds before the precision is first checked.
    pub minimum_rounds: u32,
    /// Maximum number of rounds.
    pub maximum_rounds: u32,
    /// Maximum measuring time of all scenarios together; `None` sets no limit. Every scenario still
    /// runs the rounds that a verdict needs.
    pub budget_seconds: Option<f64>,
}

/// Reason why the rounds of a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RoundsEndReason {
    /// Every interval reached the required precision.
    Precision,
    /// The maximum number of rounds was reached.
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
    /// Git ref that the user requested.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Commit that the ref resolved to.
    pub commit: String,
    /// Git tree id of that commit.
    pub tree: String,
    /// Git tree id of `crates/`, which contains the harness; empty if unknown. Variants with
    /// different ids were measured by different harnesses.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub harness: String,
    /// Git ref from which everything outside the strategy's directory was taken, if it differs from
    /// `ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness_ref: Option<String>,
    /// Options of the variant.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Contents of the strategy's `variant.toml`.
    pub manifest: Manifest,
    /// Properties that the runner declared; `None` until the runner has answered `hello`.
    #[serde(default)]
    pub properties: Option<Properties>,
    /// True if the runner supports several requests in flight; `None` until it has answered
    /// `hello`.
    #[serde(default)]
    pub asynchronous: Option<bool>,
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
    /// Meaning of the names of operations, in the syntax of `--ops`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ops: Option<String>,
    /// Unit of numeric times: s, ms, us, ns or ticks; `None` for the unit of the format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<String>,
    /// Maximum number or share of lines that cannot be read; `None` for 1 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bad_lines: Option<String>,
    /// Maximum number of requests to read, from the start of the trace; `None` sets no limit.
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
    /// Options for reading the trace.
    #[serde(default, skip_serializing_if = "TraceReading::is_default")]
    pub reading: TraceReading,
    /// Round group of the trials that decide the scenario's throughput comparisons; empty before
    /// the first round. See [`TimedSlot::round_group`](crate::TimedSlot::round_group).
    #[serde(default)]
    pub round_group: String,
    /// Reason why the rounds ended; absent until they have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<RoundsEndReason>,
    /// One-line summary of the scenario.
    pub summary: String,
    /// Question that the scenario answers.
    pub question: String,
    /// Deciding quantities in their order; never empty.
    pub decide: Vec<DecidingRule>,
    /// Time that the origin needs for one miss, in nanoseconds.
    pub miss_cost_ns: f64,
    /// True if the scenario has timed rounds, which measure throughput.
    pub timed: bool,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Number of requests in the workload.
    pub requests: u64,
    /// Number of read requests in the workload.
    pub reads: u64,
    /// Number of distinct keys in the workload.
    pub unique_keys: u64,
    /// Capacities of the hit-ratio replays, ascending.
    pub capacities: Vec<Capacity>,
    /// Capacity of the timed trials.
    pub timed_capacity: Capacity,
    /// Load of the timed trials.
    pub load: Load,
    /// Request rates at which response times are measured.
    #[serde(default)]
    pub rates: RatePlan,
    /// Limit of the 99th percentile of the response time, in nanoseconds, for which the report
    /// states the highest rate.
    pub p99_limit_ns: u64,
    /// Additional numbers of workers for which throughput is measured.
    #[serde(default)]
    pub scaling: Vec<u32>,
    /// Round groups of the latency, response-time and scaling trials. See
    /// [`TimedSlot::round_group`](crate::TimedSlot::round_group).
    #[serde(default)]
    pub secondary_groups: Vec<String>,
    /// Capacities of the hit-ratio replays of a strategy with a service.
    pub service_capacities: Vec<Capacity>,
    /// Number of requests at the start of the workload that no measured window contains.
    pub warmup_requests: u64,
    /// Length of the measured window, in requests.
    pub window_requests: u64,
    /// Length of the measured window of a strategy with a service, in requests.
    pub service_window_requests: u64,
    /// Largest difference that counts as equivalent, as a share (0.01 is 1 %).
    pub delta: f64,
}

impl Scenario {
    /// Returns the number of reads per request. Only reads can miss.
    #[must_use]
    pub fn reads_per_request(&self) -> f64 {
        self.reads as f64 / self.requests.max(1) as f64
    }

    /// Returns the rule on the mean access time; `None` if only paced quantities decide.
    #[must_use]
    pub fn access_time_rule(&self) -> Option<&DecidingRule> {
        self.decide.iter().find(|rule| !rule.quantity.is_paced())
    }
}

/// Request rates at which response times are measured, the same for all variants.
///
/// A grid is geometric, from 1,000 requests per second to the throughput of the fastest variant
/// in a closed loop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RatePlan {
    /// Grid for strategies with a service; the baseline is measured at the same rates, for
    /// comparison.
    #[default]
    Services,
    /// Grid for all strategies.
    All,
    /// Fixed rates in requests per second, ascending, for all strategies; empty for no rates.
    Fixed(Vec<u32>),
}

/// Machine on which the trials ran.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    /// Digest of the other fields except the load average.
    pub digest: String,
    /// Processor model.
    pub cpu: String,
    /// Logical processors available to this process.
    pub cores: u32,
    /// Size of the main memory, in bytes.
    pub memory_bytes: u64,
    /// Kernel version.
    pub kernel: String,
    /// CPU frequency governor; `None` if it cannot be read.
    pub governor: Option<String>,
    /// One-minute load average at the start of the exploration.
    pub load_average: f64,
}
