//! `samples.jsonl`: one typed record per line, append-only; the source of every figure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::CheckCase;
use crate::progress::{Failure, Phase};
use crate::trial::{TimedSlot, TrialReport, TrialSpec};

/// One line of `samples.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record {
    /// One trial.
    Trial(Box<TrialRecord>),
    /// Completed round: its timed trials count. If a round was interrupted and repeated, the last
    /// trial of each cell counts.
    Round {
        /// Schema version.
        schema: u32,
        /// Name of the scenario.
        scenario: String,
        /// See [`TimedSlot::round_group`](crate::TimedSlot::round_group).
        round_group: String,
        /// Number of the round, from 0.
        round: u32,
        /// End of the round.
        at: Timestamp,
    },
    /// One run of the `--generate-cmd` command.
    Generation(GenerationRecord),
    /// One build.
    Build(BuildRecord),
    /// One conformance check.
    Check(CheckRecord),
    /// Bounds of a workload at one capacity.
    Bounds(HitBounds),
    /// One property tested with further processes.
    Probe(ProbeRecord),
    /// Static facts of a variant.
    Facts(StaticFacts),
    /// Failed step other than a trial; it is not repeated while its key is the same.
    Failed(FailedStep),
}

/// Record of one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of everything that determines the result: runner, options, service versions, protocol
    /// version and specification. A trial with the same key is not repeated.
    pub key: String,
    /// Digest of the runner.
    pub runner: String,
    /// Complete description of the trial.
    pub spec: TrialSpec,
    /// Observations of the driver.
    pub observed: Observations,
    /// Result.
    pub outcome: TrialOutcome,
}

impl TrialRecord {
    /// Returns true if the runner sent a report.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.report().is_some()
    }

    /// Returns the place in the rounds of a timed trial.
    #[must_use]
    pub fn timed_slot(&self) -> Option<&TimedSlot> {
        self.spec.schedule.timed()
    }

    /// Returns true if the trial belongs to a round group.
    #[must_use]
    pub fn is_in_group(&self, round_group: &str) -> bool {
        self.timed_slot().is_some_and(|slot| slot.round_group == round_group)
    }

    /// Returns the report of a completed trial.
    #[must_use]
    pub fn report(&self) -> Option<&TrialReport> {
        match &self.outcome {
            TrialOutcome::Completed { report } => Some(report),
            TrialOutcome::Failed { .. } => None,
        }
    }

    /// Returns the report of a completed trial, for changes.
    #[must_use]
    pub fn report_mut(&mut self) -> Option<&mut TrialReport> {
        match &mut self.outcome {
            TrialOutcome::Completed { report } => Some(report),
            TrialOutcome::Failed { .. } => None,
        }
    }
}

/// Result of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum TrialOutcome {
    /// The runner sent a report.
    Completed {
        /// Report of the runner.
        report: Box<TrialReport>,
    },
    /// The trial failed.
    Failed {
        /// Kind of failure; see [`Failure::kind`].
        kind: String,
        /// Cause of the failure.
        message: String,
    },
}

/// Observations of the driver during a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Observations {
    /// Digest of the machine.
    pub machine: String,
    /// Start of the trial.
    pub started: Timestamp,
    /// Time from starting the process to its end.
    pub process_ns: u64,
    /// Load average at the start.
    pub load_average: f64,
    /// Share of processor time stolen by the hypervisor.
    pub steal_share: f64,
    /// Share of the machine's processor time used by processes other than the trial's own and the
    /// driver; absent if unknown.
    #[serde(default)]
    pub other_process_cpu_share: Option<f64>,
    /// Mean processor frequency at the end, in megahertz, if it can be read.
    #[serde(default)]
    pub frequency_mhz: Option<f64>,
    /// Disturbances beyond what is usual on this machine.
    #[serde(default)]
    pub disturbances: Vec<Disturbance>,
    /// Memory that services hold for the trial, by service (bytes above the empty server).
    #[serde(default)]
    pub service_bytes: BTreeMap<String, u64>,
    /// Peak memory of private services, by service (bytes, the empty server's included).
    #[serde(default)]
    pub service_peak_bytes: BTreeMap<String, u64>,
    /// True if the capacity is set in a server's own configuration, which bakeoff does not change.
    #[serde(default)]
    pub capacity_as_configured: bool,
}

/// Kind of disturbance of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// The hypervisor gave processor time to other virtual machines.
    Steal,
    /// Other processes on this machine used processor time.
    OtherProcesses,
    /// The trial's threads were preempted more often than usual.
    Switches,
}

/// Record of one finished run of the `--generate-cmd` command. Its result is on the variant's branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GenerationRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of the command, the strategy and the variant's description. The command is not
    /// repeated while the key is the same and the branch exists.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Command as given.
    pub command: String,
    /// End of the run.
    pub at: Timestamp,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Commit of the branch after the run.
    pub commit: String,
    /// Failure of the command, if it failed.
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// Record of one build of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of the tree, the strategy and the compiler.
    #[serde(default)]
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Git tree that was built.
    pub tree: String,
    /// Digest of the runner.
    pub runner: String,
    /// Wall time in seconds of the cargo call, which builds all runners of the tree.
    pub seconds: f64,
    /// Total compile time of the variant's dependency closure, if it was measured.
    pub cpu_seconds: Option<f64>,
    /// `reused`, `shared` (with another variant of the same tree), `seeded` or `cold`.
    pub how: String,
    /// Size of the executable.
    pub binary_bytes: u64,
}

/// Record of one run of the conformance kit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of runner, options and service versions.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Digest of the runner.
    pub runner: String,
    /// Result of every case.
    pub cases: Vec<CheckCase>,
}

/// Bounds of the hits that any cache can have on a workload, at one capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HitBounds {
    /// Schema version.
    pub schema: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Number of replayed requests (services replay fewer).
    pub requests: u64,
    /// Read requests.
    pub reads: u64,
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Hits of Belady's algorithm with bypass.
    pub optimal_hits: u64,
    /// Hits of an infinite cache.
    pub infinite_hits: u64,
}

/// Record of a declared property that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProbeRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of runner, options and service versions.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// `shared` or `survives-restart`.
    pub property: String,
    /// Declared value.
    pub declared: bool,
    /// Observed value.
    pub observed: bool,
    /// Description of the test.
    pub detail: String,
}

/// Static facts of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaticFacts {
    /// Schema version.
    pub schema: u32,
    /// Name of the variant.
    pub variant: String,
    /// Git tree that they describe.
    pub tree: String,
    /// Lines of code of the strategy and of the strategies that it uses, without blank lines,
    /// comments and tests.
    pub lines_of_code: u64,
    /// Crates in its dependency closure that the harness does not use.
    pub own_dependencies: u64,
    /// Crates in its dependency closure.
    pub dependencies: u64,
}

/// Record of a failed step of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailedStep {
    /// Schema version.
    pub schema: u32,
    /// Digest of the input of the step, as in the record of a successful one.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Phase of the step.
    pub phase: Phase,
    /// Time of the failure.
    pub at: Timestamp,
    /// Description of the failure.
    pub failure: Failure,
}
