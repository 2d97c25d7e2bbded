//! Configuration of a paced replay: origin, clock, instances and fault events.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Configuration of one instance of a paced replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PacedConfig {
    /// Origin behind the cache.
    pub origin: OriginConfig,
    /// Pace and clock of the replay.
    pub time: PaceConfig,
    /// Number of this instance, from 0.
    pub instance: u32,
    /// Number of instances; at least 1.
    pub instances: u32,
    /// Assignment of requests to instances.
    #[serde(default)]
    pub routing: Routing,
    /// All fault events of the scenario, those of other instances included.
    #[serde(default)]
    pub events: Vec<FaultEvent>,
    /// File in which all instances record the commits of the origin; created if missing.
    pub commit_log: PathBuf,
    /// Time of the schedule at which a restarted instance continues, in milliseconds; 0 for the
    /// first start.
    #[serde(default)]
    pub resume_ms: u64,
}

/// Configuration of the origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginConfig {
    /// Kind of origin.
    pub kind: OriginKind,
    /// Path of the SQLite file, or URL of the PostgreSQL server with a search path that begins with
    /// a schema of this trial; empty for a simulated origin.
    #[serde(default)]
    pub address: String,
    /// Delay of every load and write; the time that a real origin needs is added to it.
    #[serde(default)]
    pub latency: OriginLatency,
    /// Maximum number of concurrent loads and writes per instance; further ones wait. `None` sets no
    /// limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Share of loads and writes that fail.
    #[serde(default)]
    pub failure_rate: f64,
    /// Share of keys without a row.
    #[serde(default)]
    pub absent: f64,
}

/// Kind of origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// Delays and failures without a database.
    Simulated,
    /// SQLite file.
    Sqlite,
    /// PostgreSQL table.
    Postgres,
}

/// Distribution of the delay of a load or write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginLatency {
    /// Mean, in milliseconds.
    pub mean_ms: f64,
    /// Shape of the distribution.
    #[serde(default)]
    pub shape: LatencyShape,
}

/// Shape of a latency distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LatencyShape {
    /// Always the mean.
    #[default]
    Constant,
    /// Exponential distribution.
    Exponential,
    /// Log-normal with a standard deviation of the logarithm of 0.5, typical of databases.
    LogNormal,
}

/// Pace and clock of a paced replay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaceConfig {
    /// True for simulated time.
    pub virtual_clock: bool,
    /// Requests per second of all instances together, for a workload without timestamps.
    pub rate: f64,
    /// Seconds of the workload per second of the replay; divides timestamps and times to live.
    pub scale: f64,
    /// Time to live of requests that have none, in milliseconds of the workload; `None` if entries
    /// do not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Length of one bucket of the timeline.
    pub bucket_ms: u64,
    /// Answers that take longer are counted as slow.
    pub slow_threshold_ms: u64,
}

/// Assignment of requests to instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// Any instance, as behind a load balancer.
    #[default]
    Random,
    /// One instance for all requests of a key.
    KeyHash,
}

/// Failure or change that a paced replay injects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaultEvent {
    /// Start, in milliseconds of the replay.
    pub at_ms: u64,
    /// Duration; 0 for an instantaneous event.
    #[serde(default)]
    pub duration_ms: u64,
    /// Kind of event.
    pub kind: FaultKind,
    /// Affected instance, for events that affect one.
    #[serde(default)]
    pub instance: u32,
    /// Share of affected keys, the most requested ones first.
    #[serde(default)]
    pub key_share: f64,
}

impl FaultEvent {
    /// Returns the end, in milliseconds of the replay.
    #[must_use]
    pub const fn end_ms(&self) -> u64 {
        self.at_ms + self.duration_ms
    }
}

/// Kind of a [`FaultEvent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Kills the Redis server; it restarts empty.
    RedisDown,
    /// Breaks connections to the Redis server and refuses new ones; it keeps its entries.
    RedisUnreachable,
    /// Kills PostgreSQL, both as the origin and as a strategy's own server; it restarts from its
    /// log.
    PostgresDown,
    /// Fails every load and write.
    OriginDown,
    /// Makes loads and writes take ten times as long.
    OriginSlow,
    /// Kills one instance; a new one replaces it after the duration.
    Crash,
    /// Changes a share of the keys at the origin and removes them from the cache.
    Invalidate,
    /// Changes a share of the keys at the origin without informing any cache.
    Overwrite,
    /// Removes a share of the keys from every cache at once, as if they had expired.
    Expire,
}

impl FaultKind {
    /// Returns true for a failure that the system has to recover from.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            Self::RedisDown
                | Self::RedisUnreachable
                | Self::PostgresDown
                | Self::OriginDown
                | Self::OriginSlow
                | Self::Crash
        )
    }
}

/// Formats the event as a chart label.
impl fmt::Display for FaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::RedisDown => "Redis down",
            Self::RedisUnreachable => "Redis unreachable",
            Self::PostgresDown => "PostgreSQL down",
            Self::OriginDown => "origin down",
            Self::OriginSlow => "origin slow",
            Self::Crash => "instance killed",
            Self::Invalidate => "keys invalidated",
            Self::Overwrite => "keys changed behind the cache",
            Self::Expire => "hot keys expire",
        })
    }
}
