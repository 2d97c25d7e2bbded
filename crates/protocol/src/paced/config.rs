//! Configuration of a paced replay: origin, pace, instances and fault events.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Configuration of one instance in a paced replay.
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
    /// All fault events of the scenario, including those of other instances.
    #[serde(default)]
    pub events: Vec<FaultEvent>,
    /// File in which all instances record the commits of the origin; created if missing.
    pub commit_log: PathBuf,
    /// Time of the schedule from which a restarted instance continues, in milliseconds; 0 for the
    /// first start.
    #[serde(default)]
    pub resume_ms: u64,
}

/// Configuration of the simulated or real origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginConfig {
    /// Kind of origin.
    pub kind: OriginKind,
    /// Path of the SQLite file, or URL of the PostgreSQL server; empty for a simulated origin. The
    /// URL's search path begins with a schema of this trial.
    #[serde(default)]
    pub address: String,
    /// Delay of every load and write, in addition to the time that a real origin needs.
    #[serde(default)]
    pub latency: OriginLatency,
    /// Maximum number of concurrent loads and writes per instance; further ones wait. `None` sets no
    /// limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Share of loads and writes that fail, from 0 to 1.
    #[serde(default)]
    pub failure_rate: f64,
    /// Share of keys without a row in the origin, from 0 to 1.
    #[serde(default)]
    pub absent: f64,
}

/// Kind of origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// Simulated delays and failures, without a database.
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
    /// Every delay equals the mean.
    #[default]
    Constant,
    /// Exponential distribution.
    Exponential,
    /// Log-normal distribution; the standard deviation of the logarithm is 0.5, typical of
    /// databases.
    LogNormal,
}

/// Pace and clock of a paced replay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaceConfig {
    /// True to replay in simulated time instead of real time.
    pub virtual_clock: bool,
    /// Requests per second of all instances together, for a workload without timestamps.
    pub rate: f64,
    /// Seconds of the workload per second of the replay; divides timestamps and times to live.
    pub scale: f64,
    /// Time to live for requests without their own, in milliseconds of the workload; `None` means
    /// no expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Length of one timeline bucket, in milliseconds.
    pub bucket_ms: u64,
    /// Response time above which an answer counts as slow, in milliseconds.
    pub slow_threshold_ms: u64,
}

/// Assignment of requests to instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// Requests go to a random instance, as behind a load balancer.
    #[default]
    Random,
    /// All requests of a key go to the same instance.
    KeyHash,
}

/// Failure or change that a paced replay injects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaultEvent {
    /// Start, in milliseconds of the replay.
    pub at_ms: u64,
    /// Duration, in milliseconds; 0 for an instantaneous event.
    #[serde(default)]
    pub duration_ms: u64,
    /// Kind of event.
    pub kind: FaultKind,
    /// Number of the instance that a crash kills; other kinds ignore it.
    #[serde(default)]
    pub instance: u32,
    /// Share of the keys that the event affects, starting with the most requested keys.
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
    /// Breaks connections to the Redis server and refuses new ones; the server keeps its entries.
    RedisUnreachable,
    /// Kills PostgreSQL, both as the origin and as a strategy's own server; it recovers from its
    /// log.
    PostgresDown,
    /// Makes every load and write fail.
    OriginDown,
    /// Makes loads and writes ten times as slow.
    OriginSlow,
    /// Kills one instance; a new process replaces it after the event's duration.
    Crash,
    /// Changes a share of the keys at the origin and removes them from the cache.
    Invalidate,
    /// Changes a share of the keys at the origin without informing any cache.
    Overwrite,
    /// Removes a share of the keys from every cache at once, as if they had expired.
    Expire,
}

impl FaultKind {
    /// Returns true if the event is a failure that the system has to recover from.
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
