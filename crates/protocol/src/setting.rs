//! What a paced replay runs in: the origin, the clock, the instances, and what happens when.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What one instance is told about a paced replay (the meter `behaviour`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Setting {
    /// The origin.
    pub origin: OriginSetting,
    /// Pace and clock.
    pub time: TimeSetting,
    /// This instance's number, from 0.
    pub instance: u32,
    /// Instances in all; at least 1.
    pub instances: u32,
    /// Which instance takes which request.
    #[serde(default)]
    pub deal: Deal,
    /// What happens when, those included that happen elsewhere.
    #[serde(default)]
    pub events: Vec<EventSetting>,
    /// The file in which all instances keep what the origin has committed; made where it is not
    /// there.
    pub ledger: PathBuf,
    /// Where a new life of a crashed instance takes up the schedule, in milliseconds.
    #[serde(default)]
    pub resume_ms: u64,
}

/// What lies behind the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OriginSetting {
    /// Of which kind.
    pub kind: OriginKind,
    /// Where it is: the file of SQLite, the URL of PostgreSQL with a search path that begins with a
    /// schema of this trial's own; empty for the others.
    #[serde(default)]
    pub address: String,
    /// Added to every load and write; what a real origin takes by itself comes on top.
    #[serde(default)]
    pub latency: Latency,
    /// Loads and writes at once, in each instance; the others wait. 0: no limit.
    #[serde(default)]
    pub concurrency: u32,
    /// Share of loads and writes that fail.
    #[serde(default)]
    pub failure_rate: f64,
    /// Share of keys that have no row.
    #[serde(default)]
    pub absent: f64,
}

/// Kinds of origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// Latency and failures, no database.
    Simulated,
    /// A file of SQLite.
    Sqlite,
    /// A table of PostgreSQL.
    Postgres,
}

/// How long a load or a write takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latency {
    /// Its mean, in milliseconds.
    pub mean_ms: f64,
    /// Its shape.
    #[serde(default)]
    pub shape: LatencyShape,
}

/// Shapes of latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LatencyShape {
    /// Always the mean.
    #[default]
    Constant,
    /// Exponential: many quick ones, a long tail.
    Exponential,
    /// Log-normal with a standard deviation of the logarithm of 0.5: as databases are seen to be.
    LogNormal,
}

/// Pace and clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeSetting {
    /// Whether time is virtual.
    pub virtual_clock: bool,
    /// Requests per second of all instances together, where the workload has no times of its own.
    pub rate: f64,
    /// How many seconds of the workload pass in one second: divides its times and its TTLs.
    pub scale: f64,
    /// Time to live of requests that have none, in milliseconds of the workload; 0: for ever.
    pub ttl_ms: u64,
    /// Length of a moment of the timeline.
    pub moment_ms: u64,
    /// An answer that takes longer is slow.
    pub slow_after_ms: u64,
}

/// Which instance takes which request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Deal {
    /// Any instance any request, as behind a load balancer.
    #[default]
    Random,
    /// All requests of a key the same instance.
    KeyHash,
}

/// Something that happens to the system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventSetting {
    /// When, in milliseconds of the replay.
    pub at_ms: u64,
    /// For how long, where it lasts; 0 otherwise.
    #[serde(default)]
    pub for_ms: u64,
    /// What.
    pub what: EventKind,
    /// The instance that it happens to, where it happens to one.
    #[serde(default)]
    pub instance: u32,
    /// Share of the keys that it concerns, the most often asked for first.
    #[serde(default)]
    pub share: f64,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The Redis server is killed, and comes back empty afterwards.
    RedisDown,
    /// Nobody reaches the Redis server meanwhile: connections break, and none can be opened. It
    /// keeps what it holds.
    RedisUnreachable,
    /// PostgreSQL is killed, and comes back with what was logged: the server of the origin and the
    /// one that a strategy has beside it, as if they were one.
    PostgresDown,
    /// Every load and write fails meanwhile.
    OriginDown,
    /// Loads and writes take ten times as long meanwhile.
    OriginSlow,
    /// One instance is killed where it stands, and a new one takes its place after `for_ms`.
    Crash,
    /// Another program changes a share of the keys at the origin, and removes them from the cache.
    Invalidate,
    /// Another program changes a share of the keys at the origin, and tells nobody.
    Overwrite,
    /// A share of the keys leaves every cache at once, as if their time were up.
    Expire,
}

impl EventKind {
    /// What happened, as a reader sees it on a chart.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::RedisDown => "Redis down",
            Self::RedisUnreachable => "Redis unreachable",
            Self::PostgresDown => "PostgreSQL down",
            Self::OriginDown => "origin down",
            Self::OriginSlow => "origin slow",
            Self::Crash => "instance killed",
            Self::Invalidate => "keys invalidated",
            Self::Overwrite => "keys changed behind the cache",
            Self::Expire => "hot keys expire",
        }
    }

    /// Whether it is a fault, from which there is something to recover.
    #[must_use]
    pub const fn is_fault(self) -> bool {
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
