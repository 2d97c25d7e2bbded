//! `samples.jsonl`: one typed record a line, append-only; the only source of every figure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::CheckCase;
use crate::progress::{Failure, Phase};
use crate::trial::{Capacity, Load, Meter, Section, TrialReport};

/// One line of `samples.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record {
    /// One trial.
    Trial(Box<Trial>),
    /// A round was done whole: its timed trials count. Of a round that was begun, interrupted and
    /// done again, the last trial of each cell is the one that counts.
    Round {
        /// Version of this record.
        schema: u32,
        /// The scenario.
        scenario: String,
        /// What the rounds belong to; see [`Trial::family`].
        family: String,
        /// Number of the round, from 0.
        round: u32,
        /// When it ended.
        at: Timestamp,
    },
    /// The command of `--implement` came to its end in a variant's worktree.
    Implemented(Implemented),
    /// One build.
    Build(Build),
    /// One conformance check.
    Check(Check),
    /// Bounds of a workload at one capacity.
    Bounds(Bounds),
    /// One property that was tried with further processes.
    Probe(Probe),
    /// What does not change from trial to trial.
    Facts(Facts),
    /// A step other than a trial that failed: it is not tried again while its key is the same.
    Failed(Failed),
}

/// Which lane a trial ran in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// Side by side with other work; nothing timed in it counts.
    Parallel,
    /// Alone on the machine.
    Exclusive,
}

/// What disturbed a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// The hypervisor gave processor time to others.
    Steal,
    /// Other processes on this machine used processor time.
    OtherProcesses,
    /// The system took the processor from the trial's threads more often than usual.
    Switches,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// With a report.
    Completed,
    /// With a failure; see [`crate::progress::Failure`] for the kinds.
    Failed {
        /// A stable word.
        kind: String,
        /// What happened.
        message: String,
    },
}

/// One process that ran one cell once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trial {
    /// Version of this record.
    pub schema: u32,
    /// Digest of everything that decides an exact result: runner, options, workload, capacity,
    /// load, meter, protocol version, service version. A second run does not repeat it.
    pub key: String,
    /// Digest of what the rounds of a scenario share: all its cells, the machine, the profile.
    /// Timed trials of different families are never compared.
    pub family: String,
    /// The variant.
    pub variant: String,
    /// Whether this is the baseline's second entry in the round.
    pub twin: bool,
    /// The scenario.
    pub scenario: String,
    /// The capacity asked for.
    pub capacity: Capacity,
    /// Entries that the capacity stands for, where it is bounded.
    pub capacity_entries: Option<u64>,
    /// The load.
    pub load: Load,
    /// What was measured.
    pub meter: Meter,
    /// The lane.
    pub lane: Lane,
    /// Number of the round, from 0 (exclusive lane).
    pub round: u32,
    /// Place within the round, from 0.
    pub position: u32,
    /// The measured section.
    #[serde(default)]
    pub section: Option<Section>,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Digest of the runner.
    pub runner: String,
    /// Digest of the machine.
    pub machine: String,
    /// When it began.
    pub started: Timestamp,
    /// From spawning the process to its end.
    pub process_ns: u64,
    /// Load average when it began.
    pub load_average: f64,
    /// Share of processor time stolen by the hypervisor during it.
    pub steal_share: f64,
    /// Share of the machine's processor time that processes other than the trial's own and the
    /// driver used during it, where it can be told.
    #[serde(default)]
    pub others_share: Option<f64>,
    /// Mean frequency of the processors when it ended, in megahertz, where it can be read.
    #[serde(default)]
    pub frequency_mhz: Option<f64>,
    /// What disturbed it, beyond what is usual on this machine.
    #[serde(default)]
    pub disturbances: Vec<Disturbance>,
    /// How often the same trial was done before in this round and repeated for a disturbance.
    #[serde(default)]
    pub attempt: u32,
    /// Requests per second that the schedule of an open loop asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What it found.
    #[serde(default)]
    pub report: Option<TrialReport>,
    /// Memory that services hold for it, by service (bytes over the empty server).
    #[serde(default)]
    pub service_bytes: BTreeMap<String, u64>,
    /// The most that private services have held at once, by service (bytes, the empty server's
    /// included).
    #[serde(default)]
    pub service_peak_bytes: BTreeMap<String, u64>,
    /// Whether the capacity is the server's own, which we do not set.
    #[serde(default)]
    pub capacity_as_configured: bool,
}

/// One run of the command of `--implement`, to its end. What it left is on the variant's branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Implemented {
    /// Version of this record.
    pub schema: u32,
    /// Digest of the command and of the variant's strategy and description: it is not run again
    /// while these are the same and the branch is there.
    pub key: String,
    /// The variant.
    pub variant: String,
    /// The command, as given.
    pub command: String,
    /// When it ended.
    pub at: Timestamp,
    /// Wall seconds.
    pub seconds: f64,
    /// The branch's commit afterwards.
    pub commit: String,
    /// Why it failed, if it did.
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// One build of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Build {
    /// Version of this record.
    pub schema: u32,
    /// Digest of the tree, the strategy and the compiler.
    #[serde(default)]
    pub key: String,
    /// The variant.
    pub variant: String,
    /// The tree that was built.
    pub tree: String,
    /// Digest of the runner.
    pub runner: String,
    /// Wall seconds of the cargo call that built it (shared by all runners of that tree).
    pub seconds: f64,
    /// Summed compile time of the variant's dependency closure, where it was measured.
    pub cpu_seconds: Option<f64>,
    /// `reused`, `shared` (with another variant of the same tree), `seeded` or `cold`.
    pub how: String,
    /// Size of the executable.
    pub binary_bytes: u64,
}

/// One run of the conformance kit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// Version of this record.
    pub schema: u32,
    /// Digest of runner, options and service version.
    pub key: String,
    /// The variant.
    pub variant: String,
    /// Digest of the runner.
    pub runner: String,
    /// Every case.
    pub cases: Vec<CheckCase>,
}

/// What no strategy can beat, at one capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Bounds {
    /// Version of this record.
    pub schema: u32,
    /// The scenario.
    pub scenario: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Requests that were replayed (services replay fewer).
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// The capacity.
    pub capacity_entries: u64,
    /// Hits of the clairvoyant cache, which may refuse to store.
    pub clairvoyant_hits: u64,
    /// Hits of a cache that never forgets.
    pub infinite_hits: u64,
}

/// A property that was tried, not declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// Version of this record.
    pub schema: u32,
    /// Digest of runner, options and service version.
    pub key: String,
    /// The variant.
    pub variant: String,
    /// `shared` or `survives-restart`.
    pub property: String,
    /// What was declared.
    pub declared: bool,
    /// What was seen.
    pub observed: bool,
    /// How it was tried.
    pub detail: String,
}

/// Static facts of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Facts {
    /// Version of this record.
    pub schema: u32,
    /// The variant.
    pub variant: String,
    /// The tree that they were taken from.
    pub tree: String,
    /// Lines of code of the strategy, of the strategies that it is built upon and of the layers that it
    /// is made of (blank lines, comments and tests left out).
    pub lines_of_code: u64,
    /// Crates in its dependency closure that the harness does not bring already.
    pub own_dependencies: u64,
    /// Crates in its whole dependency closure.
    pub dependencies: u64,
}

/// A step of a variant that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failed {
    /// Version of this record.
    pub schema: u32,
    /// Digest of what the step was given, as for the record that its success would have left.
    pub key: String,
    /// The variant.
    pub variant: String,
    /// The step.
    pub phase: Phase,
    /// When it failed.
    pub at: Timestamp,
    /// Why.
    pub failure: Failure,
}
