//! JSON Lines between the driver (stdin of the runner) and a runner (its stdout).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::trial::{Capacity, TrialReport, TrialRequest};

/// Driver to runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Request {
    /// Who are you?
    Hello {
        /// The driver's protocol version.
        protocol: u32,
    },
    /// How many entries does your service have to hold, if you are to hold this many?
    Plan {
        /// Entries in all.
        capacity_entries: u64,
        /// The variant's options.
        #[serde(default)]
        options: BTreeMap<String, String>,
    },
    /// Hold yourself against the conformance kit.
    Check {
        /// Addresses by service name.
        #[serde(default)]
        services: BTreeMap<String, String>,
        /// Prefix for every key on a shared server.
        namespace: String,
        /// The variant's options.
        #[serde(default)]
        options: BTreeMap<String, String>,
        /// Seed of the random cases, in decimal.
        #[serde(with = "crate::trial::decimal")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        seed: u64,
    },
    /// Prepare a trial; the runner answers `ready`, and begins to measure at `go`.
    Trial(Box<TrialRequest>),
    /// Begin to measure.
    Go,
    /// Put or get the given keys in a namespace: how the driver tries, with several processes,
    /// whether a strategy is shared and whether it survives a restart.
    Probe {
        /// What to do.
        action: ProbeAction,
        /// Dense ids of the keys.
        ids: Vec<u64>,
        /// Bytes of each body put.
        #[serde(default)]
        value_bytes: u32,
        /// Where not empty, the bytes of the body of id `i` are those at place `i` modulo the length
        /// instead.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        value_sizes: Vec<u32>,
        /// What the strategy is opened with.
        capacity: Capacity,
        /// Prefix for every key on a shared server.
        namespace: String,
        /// Addresses by service name.
        #[serde(default)]
        services: BTreeMap<String, String>,
        /// The variant's options.
        #[serde(default)]
        options: BTreeMap<String, String>,
    },
    /// End.
    Bye,
}

/// What a probe does. The strategy stays open until `bye` or the next message that opens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProbeAction {
    /// Put every key, version 0.
    Put,
    /// Get every key.
    Get,
    /// Forget everything in the namespace.
    Clear,
}

/// Runner to driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Reply {
    /// Answer to `hello`.
    Hello(Box<Hello>),
    /// Answer to `plan`.
    Planned {
        /// Entries that the service has to hold; 0 if none.
        service_entries: u64,
    },
    /// Answer to `check`.
    Checked {
        /// One line for each case.
        cases: Vec<CheckCase>,
    },
    /// The trial is prepared, the cache warm.
    Ready,
    /// Still alive; may come at any time between `trial` and `sample`.
    Progress {
        /// Requests done.
        done: u64,
        /// Requests in all, where known.
        total: u64,
    },
    /// The trial's end.
    Sample(Box<TrialReport>),
    /// Answer to `probe`: how many of the keys were found (and held the right value).
    Probed {
        /// Keys found.
        found: u64,
        /// Answers that were wrong.
        wrong: u64,
        /// Entries held in all.
        entries_held: u64,
    },
    /// Answer to `bye`.
    Bye,
    /// The request could not be served; the runner goes on.
    Error {
        /// What kind of failure.
        kind: ErrorKind,
        /// What happened and what to do about it.
        message: String,
    },
}

/// Kinds of a runner's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The message is unknown or malformed.
    Protocol,
    /// The strategy could not be opened: options, capacity, service.
    Open,
    /// The workload could not be read.
    Workload,
    /// The strategy panicked.
    Panic,
    /// A strategy that declares itself immediate was pending.
    Pending,
    /// The strategy failed in another way.
    Strategy,
    /// A meter that this runner does not have.
    Meter,
}

/// What a runner says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hello {
    /// The strategy's name.
    pub strategy: String,
    /// The runner's own version, for the record.
    pub version: String,
    /// First and last protocol version that it speaks.
    pub protocol: [u32; 2],
    /// First and last version of compiled workloads that it reads.
    pub workload: [u32; 2],
    /// The tree that it was built from; empty where it was not the driver that built it.
    #[serde(default)]
    pub tree: String,
    /// What the strategy declares.
    pub properties: Properties,
    /// Meters that it has.
    pub meters: Vec<crate::Meter>,
    /// Whether it can have more than one worker.
    #[serde(default)]
    pub workers: bool,
    /// Whether it can have more than one request in flight.
    #[serde(default)]
    pub in_flight: bool,
}

/// What a strategy declares about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Properties {
    /// What limits its size.
    pub bound: Bound,
    /// Whether other processes see what one has put.
    pub shared: bool,
    /// Whether entries survive the end of the process.
    pub persistent: bool,
    /// Whether it honours a time to live.
    pub ttl: bool,
    /// Whether many threads may call it at once.
    pub thread_safe: bool,
    /// Whether it promises fresh answers.
    pub fresh: bool,
    /// Whether it may drop an entry although it is not full.
    #[serde(default)]
    pub lossy: bool,
    /// What decides who has to go.
    pub evicts: String,
}

/// What limits a strategy's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Nothing.
    None,
    /// A number of entries.
    Entries,
    /// A number of bytes.
    Bytes,
    /// Either.
    EntriesOrBytes,
    /// A server's memory limit, which the driver sets.
    ServerMemory,
}

impl Bound {
    /// Whether anything limits it.
    #[must_use]
    pub const fn is_bounded(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// One case of the conformance kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckCase {
    /// The rule that was tried.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// What was seen, or why it does not apply.
    pub detail: String,
}
