//! Specification of a trial.

use std::fmt;

use serde::{Deserialize, Serialize};

use bakeoff_strategy::Capacity;

use super::rate_step::RateStep;

/// Complete description of one trial: what to replay, how, and its place in the schedule.
///
/// The scheduler creates it, the protocol carries it to the runner, the sample stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialSpec {
    /// Name of the variant.
    pub variant: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Meter, which determines the quantity to measure.
    pub meter: Meter,
    /// Capacity that the strategy is opened with.
    pub capacity: Capacity,
    /// Concurrency of the requests.
    pub load: Load,
    /// Lanes of an untimed replay of a strategy that supports several requests in flight; `None`
    /// replays strictly in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Lanes>,
    /// Requests to measure; `None` replays the whole workload once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Number of requests replayed before the window without being measured. Without a window, the
    /// number of requests at the start of the workload that `after_warmup` leaves out.
    #[serde(default)]
    pub warmup_requests: u64,
    /// Lower bound of the measured time, in nanoseconds. The window is replayed until the bound is
    /// reached, each time in a new cache with the same warm-up.
    #[serde(default)]
    pub min_measured_ns: u64,
    /// Rate of a replay on a virtual clock, in requests per second of that clock; `None` for real
    /// time. Applies to workloads without timestamps; others set the clock by their timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_rate: Option<f64>,
    /// Steps of an open loop (`response-time` only), by ascending rate. They replay consecutive
    /// parts of the window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_steps: Vec<RateStep>,
    /// Seed of everything random in the runner, as a decimal string.
    #[serde(with = "super::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// Place in the schedule of the exploration.
    pub schedule: ScheduleSlot,
}

impl TrialSpec {
    /// Creates the specification of an untimed replay of a whole workload.
    #[must_use]
    pub fn new(
        (variant, scenario, workload): (&str, &str, &str),
        meter: Meter,
        capacity: Capacity,
        load: Load,
        seed: u64,
    ) -> Self {
        Self {
            variant: variant.to_owned(),
            scenario: scenario.to_owned(),
            workload: workload.to_owned(),
            meter,
            capacity,
            load,
            lanes: None,
            window: None,
            warmup_requests: 0,
            min_measured_ns: 0,
            virtual_rate: None,
            rate_steps: Vec::new(),
            seed,
            schedule: ScheduleSlot::Untimed,
        }
    }

    /// Returns the number of connections of each worker to a service, at least 1.
    #[must_use]
    pub fn connections(&self) -> u32 {
        let least = if self.lanes.is_some() { LANE_CONNECTIONS } else { 1 };
        self.load.connections.max(least)
    }

    /// Returns true if the requests of each key are replayed in order, so that every answer is
    /// known.
    #[must_use]
    pub fn has_ordered_keys(&self) -> bool {
        self.load == Load::ONE && self.rate_steps.is_empty()
    }
}

/// Minimum number of connections of a replay in lanes, so that a server with one process per
/// connection, such as PostgreSQL, can use several processors.
const LANE_CONNECTIONS: u32 = 2;

/// Partition of a replay by key, in which requests of different keys may overlap.
///
/// Requests of one key always stay in order: a key belongs to one lane, and a lane has one request
/// in flight. A multi-get is split into one multi-get per lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lanes {
    /// Number of lanes; at least 1.
    pub count: u32,
    /// Number of consecutive requests within which lanes may overtake each other; at least 1.
    pub window: u32,
}

impl Lanes {
    /// Returns lanes that hardly change the hit ratio of a cache with the given capacity.
    ///
    /// The window is a 64th of the capacity, because requests that overtake each other by about the
    /// capacity find other entries in the cache, and a near tier is smaller than the whole cache.
    #[must_use]
    pub fn for_capacity(capacity: Capacity) -> Self {
        let entries = capacity.entries().unwrap_or(u64::MAX);
        Self { count: 64, window: (entries / 64).clamp(32, 1_024) as u32 }
    }
}

/// Part of the workload that a timed trial measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// Index of the first measured request.
    pub start: u64,
    /// Number of measured requests. The window continues at the start of the workload when it
    /// reaches the end.
    pub length: u64,
}

/// Place of a trial in the schedule of its exploration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum ScheduleSlot {
    /// Runs in parallel with other work; its duration is not evaluated.
    #[default]
    Untimed,
    /// Runs alone on the machine, as part of a round.
    Timed(TimedSlot),
}

impl ScheduleSlot {
    /// Returns the place of a timed trial in its rounds; `None` for an untimed trial.
    #[must_use]
    pub const fn timed(&self) -> Option<&TimedSlot> {
        match self {
            Self::Untimed => None,
            Self::Timed(slot) => Some(slot),
        }
    }
}

/// Place of a timed trial within the rounds of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimedSlot {
    /// Digest of everything that the compared rounds have in common: their cells, the machine and
    /// the seed. Timed trials of different groups are never compared. Empty for a paced replay,
    /// which has no rounds.
    pub round_group: String,
    /// Number of the round, from 0.
    pub round: u32,
    /// Position within the round, from 0.
    pub position: u32,
    /// True for the second entry of the baseline in the round, the A/A control.
    #[serde(default)]
    pub aa_control: bool,
    /// Number of earlier attempts in the same round. A disturbed trial is repeated.
    #[serde(default)]
    pub attempt: u32,
}

/// Quantity that one trial measures; a trial has exactly one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Meter {
    /// Exact counts of one replay of the whole workload.
    HitRatio,
    /// Requests per second in the measured window.
    Throughput,
    /// Service time per request in a closed loop, recorded in a histogram.
    Latency,
    /// Response time per request in an open loop, from its scheduled arrival, at several rates.
    ResponseTime,
    /// Memory of a filled cache, in which every body is a separate allocation.
    Memory,
    /// Processor instructions in the measured window, counted by a simulator.
    Instructions,
    /// Staleness, origin load and the effect of faults in a paced replay.
    Paced,
}

impl Meter {
    /// All meters.
    pub const ALL: [Self; 7] = [
        Self::HitRatio,
        Self::Throughput,
        Self::Latency,
        Self::ResponseTime,
        Self::Memory,
        Self::Paced,
        Self::Instructions,
    ];

    /// Returns the name used in records and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HitRatio => "hit-ratio",
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::ResponseTime => "response-time",
            Self::Memory => "memory",
            Self::Instructions => "instructions",
            Self::Paced => "paced",
        }
    }

    /// Returns true for a meter that is read in rounds of timed trials.
    #[must_use]
    pub const fn has_rounds(self) -> bool {
        matches!(self, Self::Throughput | Self::Latency | Self::ResponseTime)
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Concurrency of the requests of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Load {
    /// Number of worker threads, each with its own part of the workload; at least 1.
    pub workers: u32,
    /// Number of requests in flight per worker; at least 1, and always 1 for a strategy in
    /// `ExecutionMode::Sync`.
    pub in_flight: u32,
    /// Number of connections to a service, per worker; at least 1.
    pub connections: u32,
}

impl Load {
    /// One worker with one request in flight: the only load with exact counts.
    pub const ONE: Self = Self { workers: 1, in_flight: 1, connections: 1 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_displayed_name_of_a_meter_is_its_name_in_json() {
        for meter in Meter::ALL {
            assert_eq!(serde_json::json!(meter), meter.to_string());
        }
    }
}
