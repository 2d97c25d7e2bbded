//! Record `samples.jsonl`: one typed record per line, append-only. Every figure is computed from
//! it.

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
    /// Result of one trial.
    Trial(Box<TrialRecord>),
    /// Completed round, whose timed trials count.
    ///
    /// If a round was interrupted and repeated, the last trial of each cell counts.
    Round {
        /// Schema version.
        schema: u32,
        /// Name of the scenario.
        scenario: String,
        /// Digest of the compared cells; see
        /// [`TimedSlot::round_group`](crate::TimedSlot::round_group).
        round_group: String,
        /// Number of the round, from 0.
        round: u32,
        /// Time at which the round ended.
        at: Timestamp,
    },
    /// Result of one run of the `--generate-cmd` command.
    Generation(GenerationRecord),
    /// Result of one build.
    Build(BuildRecord),
    /// Result of one conformance check.
    Check(CheckRecord),
    /// Bounds of the hit ratio of a workload at one capacity.
    Bounds(HitBounds),
    /// Result of a test of one declared property with several processes.
    Probe(ProbeRecord),
    /// Lines of code and number of dependencies of a variant.
    Facts(StaticFacts),
    /// Failure of a step other than a trial. The step is not repeated while its key stays the same.
    Failed(FailedStep),
}

/// Record of one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialRecord {
    /// Schema version of this record.
    pub schema: u32,
    /// Digest of everything that determines the result: runner, options, service versions, protocol
    /// version and specification. A trial with a recorded key is not repeated.
    pub key: String,
    /// Digest of the runner's executable.
    pub runner: String,
    /// Complete description of the trial.
    pub spec: TrialSpec,
    /// Observations of the driver.
    pub observed: Observations,
    /// Runner's report, or the failure of the trial.
    pub outcome: TrialOutcome,
}

impl TrialRecord {
    /// Returns true if the trial completed with a report.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.report().is_some()
    }

    /// Returns the place of a timed trial in its rounds; `None` for an untimed trial.
    #[must_use]
    pub fn timed_slot(&self) -> Option<&TimedSlot> {
        self.spec.schedule.timed()
    }

    /// Returns true if the trial belongs to the given round group.
    #[must_use]
    pub fn is_in_group(&self, round_group: &str) -> bool {
        self.timed_slot().is_some_and(|slot| slot.round_group == round_group)
    }

    /// Returns the report of a completed trial; `None` for a failed one.
    #[must_use]
    pub fn report(&self) -> Option<&TrialReport> {
        match &self.outcome {
            TrialOutcome::Completed { report } => Some(report),
            TrialOutcome::Failed { .. } => None,
        }
    }

    /// Returns the report of a completed trial for modification; `None` for a failed one.
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

/// Kind of failure of an exact replay that takes longer than its time limit.
pub const REPLAY_LIMIT: &str = "replay-limit";

/// Observations of the driver during a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Observations {
    /// Digest of the machine, as in [`Machine::digest`](crate::exploration::Machine::digest).
    pub machine: String,
    /// Start of the trial.
    pub started: Timestamp,
    /// Time from the start of the process to its end, in nanoseconds.
    pub process_ns: u64,
    /// Load average of the machine at the start of the trial.
    pub load_average: f64,
    /// Share of processor time that the hypervisor gave to other virtual machines.
    pub steal_share: f64,
    /// Share of the machine's processor time that other processes used; absent if unknown. The
    /// processes of the trial and the driver are not counted.
    #[serde(default)]
    pub other_process_cpu_share: Option<f64>,
    /// Mean processor frequency at the end, in megahertz, if it can be read.
    #[serde(default)]
    pub frequency_mhz: Option<f64>,
    /// Disturbances beyond what is usual on this machine.
    #[serde(default)]
    pub disturbances: Vec<Disturbance>,
    /// Memory that services hold for the trial, by service, in bytes. The memory of the empty
    /// server is subtracted.
    #[serde(default)]
    pub service_bytes: BTreeMap<String, u64>,
    /// Peak memory of private services, by service, in bytes. The memory of the empty server is
    /// included.
    #[serde(default)]
    pub service_peak_bytes: BTreeMap<String, u64>,
    /// Processor time of private services during the measured part, by service, as a share of wall
    /// time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub service_cpu_share: BTreeMap<String, f64>,
    /// True if the capacity is set in the server's own configuration, which Bakeoff does not
    /// change.
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
    /// The last worker took more than 1.25 times as long as the first.
    FinishSkew,
}

/// Record of one finished run of the `--generate-cmd` command. The generated code is on the
/// variant's branch.
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
    /// Command as the user gave it.
    pub command: String,
    /// Time at which the run ended.
    pub at: Timestamp,
    /// Wall time of the run, in seconds.
    pub seconds: f64,
    /// Commit of the branch after the run.
    pub commit: String,
    /// Failure of the command; absent if it succeeded.
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
    /// Git tree id of the source.
    pub tree: String,
    /// Digest of the runner's executable.
    pub runner: String,
    /// Wall time in seconds of the cargo command, which builds all runners of the tree.
    pub seconds: f64,
    /// Total compile time of the variant's dependency closure, in seconds; absent if not measured.
    pub cpu_seconds: Option<f64>,
    /// Origin of the runner: `reused`, `shared` (with another variant of the same tree), `seeded`
    /// or `cold`.
    pub how: String,
    /// Size of the executable, in bytes.
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
    /// Digest of the runner's executable.
    pub runner: String,
    /// Result of every case.
    pub cases: Vec<CheckCase>,
}

/// Number of hits that the optimal and the infinite cache have on a workload, at one capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HitBounds {
    /// Schema version.
    pub schema: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Number of read requests in the workload.
    pub reads: u64,
    /// Capacity in entries.
    pub capacity_entries: u64,
    /// Number of hits of Belady's algorithm with bypass, the optimal bound.
    pub optimal_hits: u64,
    /// Number of hits of an infinite cache.
    pub infinite_hits: u64,
}

/// Record of a declared property that the driver tested with several processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProbeRecord {
    /// Schema version.
    pub schema: u32,
    /// Digest of runner, options and service versions.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Tested property: `shared` or `survives-restart`.
    pub property: String,
    /// Value that the strategy declares.
    pub declared: bool,
    /// Value that the test observed.
    pub observed: bool,
    /// Description of the test.
    pub detail: String,
}

/// Lines of code and number of dependencies of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaticFacts {
    /// Schema version.
    pub schema: u32,
    /// Name of the variant.
    pub variant: String,
    /// Git tree id of the counted source.
    pub tree: String,
    /// Lines of code of the strategy and of the strategies that it uses. Blank lines, comments and
    /// tests are not counted.
    pub lines_of_code: u64,
    /// Number of crates in the dependency closure that the harness does not use.
    pub own_dependencies: u64,
    /// Number of crates in the dependency closure.
    pub dependencies: u64,
    /// Published crates that the strategy itself depends on and the harness does not.
    #[serde(default)]
    pub libraries: Vec<Library>,
}

/// Published crate that a strategy depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Library {
    /// Name of the crate.
    pub name: String,
    /// Version that was measured.
    pub version: String,
    /// Licence in the crate's manifest, an SPDX expression; absent if it has none.
    pub license: Option<String>,
}

/// Record of a failed step of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailedStep {
    /// Schema version.
    pub schema: u32,
    /// Digest of the step's input, as in the record of a successful step.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Phase to which the step belongs.
    pub phase: Phase,
    /// Time of the failure.
    pub at: Timestamp,
    /// Description of the failure.
    pub failure: Failure,
}
