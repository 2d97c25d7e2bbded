//! JSON Lines between the driver (stdin of the runner) and the runner (its stdout).

use std::collections::BTreeMap;
use std::path::PathBuf;

use bakeoff_strategy::{Capacity, Properties};
use serde::{Deserialize, Serialize};

use crate::paced::PacedConfig;
use crate::trial::{Meter, TrialReport, TrialSpec};

/// Message from the driver to a runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum DriverMessage {
    /// Asks for the runner's identity; answered by [`RunnerMessage::Hello`].
    Hello {
        /// Protocol version of the driver.
        protocol: u32,
    },
    /// Asks how many entries the service must hold so that the strategy can hold its capacity.
    Plan {
        /// Capacity of the strategy, in entries.
        capacity_entries: u64,
        /// Options of the variant.
        #[serde(default)]
        options: BTreeMap<String, String>,
    },
    /// Runs the conformance kit.
    Check {
        /// Service addresses by name.
        #[serde(default)]
        services: BTreeMap<String, String>,
        /// Prefix of every key on a shared server.
        namespace: String,
        /// Options of the variant.
        #[serde(default)]
        options: BTreeMap<String, String>,
        /// Seed of the random cases, in decimal.
        #[serde(with = "crate::trial::decimal")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        seed: u64,
    },
    /// Prepares a trial; answered by [`RunnerMessage::Ready`].
    Trial(Box<TrialCommand>),
    /// Starts the prepared trial.
    Go,
    /// Puts or gets keys. The driver uses several processes to find out whether a strategy is shared
    /// and whether it survives a restart.
    Probe {
        /// Operation on every key.
        action: ProbeAction,
        /// Dense key ids.
        ids: Vec<u64>,
        /// Size of every stored body.
        #[serde(default)]
        value_bytes: u32,
        /// Body sizes, if not empty: id `i` has the size at index `i` modulo the length.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        value_sizes: Vec<u32>,
        /// Capacity that the strategy is opened with.
        capacity: Capacity,
        /// Prefix of every key on a shared server.
        namespace: String,
        /// Service addresses by name.
        #[serde(default)]
        services: BTreeMap<String, String>,
        /// Options of the variant.
        #[serde(default)]
        options: BTreeMap<String, String>,
    },
    /// Ends the session.
    Bye,
}

/// Order to run one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialCommand {
    /// Complete description of the trial.
    pub spec: TrialSpec,
    /// Resources of the runner's process.
    pub environment: TrialEnvironment,
}

/// Resources that a runner's process needs for a trial; they do not affect its result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialEnvironment {
    /// Path of the compiled workload.
    pub workload_path: PathBuf,
    /// Prefix of every key on a shared server.
    pub namespace: String,
    /// Service addresses by name.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// Options of the variant.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Configuration of a paced replay (`paced` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paced: Option<PacedConfig>,
}

/// Operation of a probe. The strategy stays open until `bye` or the next message that opens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProbeAction {
    /// Puts version 0 of every key.
    Put,
    /// Gets every key.
    Get,
    /// Clears the namespace.
    Clear,
}

/// Message from a runner to the driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum RunnerMessage {
    /// Answer to `hello`.
    Hello(Box<Hello>),
    /// Answer to `plan`.
    Planned {
        /// Entries that the service must hold; 0 for a strategy without a service.
        service_entries: u64,
    },
    /// Answer to `check`.
    Checked {
        /// Result of every case.
        cases: Vec<CheckCase>,
    },
    /// The trial is prepared and the cache is warm.
    Ready,
    /// Sign of life between `trial` and `sample`.
    Progress {
        /// Finished requests.
        done: u64,
        /// Number of requests; 0 if unknown.
        total: u64,
    },
    /// End of the trial.
    Sample(Box<TrialReport>),
    /// Answer to `probe`.
    Probed {
        /// Keys found with the right value.
        found: u64,
        /// Wrong answers.
        wrong: u64,
        /// Entries held.
        entries_held: u64,
    },
    /// Answer to `bye`.
    Bye,
    /// The message could not be handled; the runner waits for the next one.
    Error {
        /// Kind of failure.
        kind: RunnerErrorKind,
        /// Cause of the failure and how to fix it.
        message: String,
    },
}

/// Kind of failure that a runner reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunnerErrorKind {
    /// The message is unknown or malformed.
    Protocol,
    /// The strategy could not be opened: options, capacity or service.
    Open,
    /// The workload could not be read.
    Workload,
    /// The strategy panicked.
    Panic,
    /// A future of an immediate strategy was pending.
    Pending,
    /// The strategy failed in another way.
    Strategy,
    /// The runner does not have the meter.
    Meter,
}

/// Identity and abilities of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hello {
    /// Name of the strategy.
    pub strategy: String,
    /// Version of the runner, for the record.
    pub version: String,
    /// First and last supported protocol version.
    pub protocol: [u32; 2],
    /// First and last supported version of compiled workloads.
    pub workload: [u32; 2],
    /// Git tree that the runner was built from; empty if the driver did not build it.
    #[serde(default)]
    pub tree: String,
    /// Declared properties of the strategy.
    pub properties: Properties,
    /// Supported meters.
    pub meters: Vec<Meter>,
    /// True if the runner supports several workers.
    #[serde(default)]
    pub workers: bool,
    /// True if the runner supports several requests in flight.
    #[serde(default)]
    pub in_flight: bool,
}

/// Result of one case of the conformance kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckCase {
    /// Name of the rule.
    pub name: String,
    /// True if the rule holds or does not apply.
    pub passed: bool,
    /// Observation, or the reason why the rule does not apply.
    pub detail: String,
}
