//! Messages of the runner protocol, one JSON object per line. The driver writes to the runner's
//! stdin and reads from the runner's stdout.

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
    /// Asks how many entries the service must hold to give the strategy its capacity; answered by
    /// [`RunnerMessage::Planned`].
    Plan {
        /// Capacity of the strategy, in entries.
        capacity_entries: u64,
        /// Options of the variant.
        #[serde(default)]
        options: BTreeMap<String, String>,
    },
    /// Runs the conformance kit; answered by [`RunnerMessage::Checked`].
    Check {
        /// Service addresses by name.
        #[serde(default)]
        services: BTreeMap<String, String>,
        /// Prefix of every key on a shared server.
        namespace: String,
        /// Options of the variant.
        #[serde(default)]
        options: BTreeMap<String, String>,
        /// Seed of the random requests in the kit, as a decimal string.
        #[serde(with = "crate::trial::decimal")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        seed: u64,
    },
    /// Prepares a trial; answered by [`RunnerMessage::Ready`].
    Trial(Box<TrialCommand>),
    /// Starts the prepared trial; answered by [`RunnerMessage::Sample`].
    Go,
    /// Puts, gets or clears keys; answered by [`RunnerMessage::Probed`]. The driver probes several
    /// processes to test whether they share entries and whether entries survive a restart.
    Probe {
        /// Operation to run.
        action: ProbeAction,
        /// Dense ids of the keys.
        ids: Vec<u64>,
        /// Size of every body, in bytes, if `value_sizes` is empty.
        #[serde(default)]
        value_bytes: u32,
        /// Sizes of the bodies, in bytes: id `i` has the size at index `i` modulo the length.
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
    /// Ends the session; answered by [`RunnerMessage::Bye`].
    Bye,
}

/// Trial to run, with the file, addresses and options that the runner needs for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialCommand {
    /// Complete description of the trial.
    pub spec: TrialSpec,
    /// Workload file, service addresses and options.
    pub environment: TrialEnvironment,
}

/// Workload file, service addresses and options for one trial.
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
    /// Clock pages of the servers that follow a virtual clock, by service; see `docs/PROTOCOL.md`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clock_pages: BTreeMap<String, PathBuf>,
    /// Options of the variant.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Configuration of a paced replay; absent for every other meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paced: Option<PacedConfig>,
}

/// Operation of a probe. The strategy stays open until `bye` or until another message opens a
/// strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProbeAction {
    /// Puts version 0 of every key.
    Put,
    /// Gets every key.
    Get,
    /// Removes all keys of the namespace.
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
    /// Reports that the trial is prepared and the cache is warm.
    Ready,
    /// Reports the progress of a trial. It also shows that the runner is still alive.
    Progress {
        /// Finished requests.
        done: u64,
        /// Number of requests; 0 if unknown.
        total: u64,
    },
    /// Report of a finished trial.
    Sample(Box<TrialReport>),
    /// Answer to `probe`.
    Probed {
        /// Number of keys found with the correct value.
        found: u64,
        /// Number of keys found with a wrong value.
        wrong: u64,
        /// Number of entries in the cache after the probe.
        entries_held: u64,
    },
    /// Answer to `bye`.
    Bye,
    /// Reports that a message could not be handled. The runner then waits for the next message.
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
    /// The message is unknown, malformed or not expected now.
    Protocol,
    /// The strategy could not be opened, for example because of an option or a service.
    Open,
    /// The workload could not be read.
    Workload,
    /// The strategy panicked.
    Panic,
    /// A future of a strategy in `ExecutionMode::Sync` was pending.
    Pending,
    /// The strategy failed in settling, counting or closing, or a resource of the runner failed.
    Strategy,
    /// The runner does not support the requested meter.
    Meter,
}

/// Identity and abilities of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hello {
    /// Name of the strategy.
    pub strategy: String,
    /// Version of the runner, for information only.
    pub version: String,
    /// First and last protocol version that the runner supports.
    pub protocol: [u32; 2],
    /// First and last version of compiled workloads that the runner supports.
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
    /// Name of the rule that the case tests.
    pub name: String,
    /// True if the rule holds or does not apply.
    pub passed: bool,
    /// Observation, or the reason why the rule does not apply.
    pub detail: String,
}
