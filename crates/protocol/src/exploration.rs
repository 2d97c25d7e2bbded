//! `results/<NAME>/exploration.json`: what was asked, resolved.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{message, trial::Capacity, trial::Load, trial::Meter, variant::Manifest};

/// One exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exploration {
    /// Version of this record.
    pub schema: u32,
    /// Its name.
    pub name: String,
    /// When it was first asked for.
    pub created: Timestamp,
    /// Command that runs it again.
    pub command: String,
    /// Entrants, in the user's order.
    pub variants: Vec<Variant>,
    /// Scenarios, in the user's order.
    pub scenarios: Vec<Scenario>,
    /// The variant that the others are compared with.
    pub baseline: String,
    /// Root of all randomness, in decimal.
    #[serde(with = "crate::trial::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// `quick`, `standard` or `publish`.
    pub profile: String,
    /// Rounds to do, at most.
    pub rounds: u32,
    /// When measuring stops; absent in records of versions that did a fixed number of rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// Whether the base was a tree with uncommitted changes.
    pub dirty: bool,
    /// Version of this tool.
    pub tool_version: String,
    /// `rustc --version`.
    pub rustc: String,
    /// Versions of the services, by name (`redis` → `7.0.15 (jemalloc-5.2.1)`).
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// What is measured beyond hit ratio, throughput, latency and memory.
    #[serde(default)]
    pub meters: Vec<Meter>,
    /// The machine.
    pub machine: Machine,
}

/// When the rounds of a scenario end: enough precision, or a budget spent. Never because something
/// came out significant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stopping {
    /// Half-width that the interval of every pair has to reach, as a share of throughput (0.01 is
    /// 1 %), or a twentieth of the difference itself where that is wider; 0: never enough.
    pub precision: f64,
    /// Rounds before precision is looked at.
    pub minimum_rounds: u32,
    /// Rounds at most.
    pub maximum_rounds: u32,
    /// Seconds of measuring that all scenarios share, where they are limited. The rounds that any
    /// verdict needs are done all the same.
    pub budget_seconds: Option<f64>,
}

/// Why the rounds of a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Every interval is as narrow as was asked.
    Precision,
    /// All rounds were done.
    Rounds,
    /// The time was spent.
    Time,
}

/// One entrant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What its user says of it.
    pub description: String,
    /// The folder under `variants/`.
    pub strategy: String,
    /// The git ref that was asked for.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// The commit that it is.
    pub commit: String,
    /// The tree of that commit.
    pub tree: String,
    /// What of that tree measures: the id of its `crates/`. Two variants with different ones were
    /// measured by different harnesses. Empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub harness: String,
    /// The ref whose tree it was put upon, where only the strategy's folder is of its own ref.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness_ref: Option<String>,
    /// Options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Its `variant.toml`.
    pub manifest: Manifest,
    /// What its runner declared, once it has been asked.
    #[serde(default)]
    pub properties: Option<message::Properties>,
}

/// How a trace is read, where its user says more than its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceReading {
    /// Whether stores of block and address traces are writes.
    #[serde(default)]
    pub honour_ops: bool,
    /// Which columns or fields hold what, as `--columns` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// At most so many requests from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl TraceReading {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// One scenario as it was resolved for this exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Digest of the scenario's text.
    pub digest: String,
    /// The trace that it replays, as its user gave it (`[FORMAT:]PATH`), where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// How that trace is read.
    #[serde(default, skip_serializing_if = "TraceReading::is_plain")]
    pub reading: TraceReading,
    /// The rounds that count for it; see [`crate::sample::Trial::family`]. Empty until the first.
    #[serde(default)]
    pub family: String,
    /// Why its rounds ended; absent while they have not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// One line.
    pub summary: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Requests in the workload.
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// Distinct keys.
    pub unique_keys: u64,
    /// Capacities at which hit ratios are taken, ascending.
    pub capacities: Vec<Capacity>,
    /// The capacity that is timed.
    pub timed_capacity: Capacity,
    /// The load of the timed trials.
    pub load: Load,
    /// Open loops, in per cent of the closed loop's requests per second. Absent: those that are
    /// usual, for strategies with a service only.
    #[serde(default)]
    pub open_loop: Option<Vec<u32>>,
    /// Further numbers of workers at which throughput is taken.
    #[serde(default)]
    pub scaling: Vec<u32>,
    /// What the rounds of its other timed cells (latency, scaling) share, set by set; see
    /// [`crate::sample::Trial::family`].
    #[serde(default)]
    pub sets: Vec<String>,
    /// Requests that a strategy with a service replays for hit ratios.
    pub service_requests: u64,
    /// Capacities for such a strategy.
    pub service_capacities: Vec<Capacity>,
    /// Requests of the measured section.
    pub section: u64,
    /// Requests of that of a strategy with a service; 0 in records of versions that gave both the
    /// same.
    #[serde(default)]
    pub service_section: u64,
    /// Differences below this share are called equivalent (0.01 is 1 %).
    pub delta: f64,
}

/// The machine that measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    /// Digest of the fields below but the load.
    pub digest: String,
    /// Processor model.
    pub cpu: String,
    /// Logical processors that we may use.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Kernel.
    pub kernel: String,
    /// Frequency governor, where it can be read.
    pub governor: Option<String>,
    /// Load average of the last minute when the run began.
    pub load_average: f64,
}
