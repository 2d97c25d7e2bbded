//! A scenario: a workload, cache capacities, load shape, and what to measure.

use serde::Deserialize;

/// A scenario file, validated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Scenario {
    /// Name: that of the file without its ending.
    #[serde(skip)]
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// Capacities for hit ratios, and the one that is timed.
    pub capacity: CapacityPlan,
    /// Load of the timed trials.
    #[serde(default)]
    pub load: LoadPlan,
    /// What strategies with a service replay.
    #[serde(default)]
    pub services: ServicePlan,
    /// What is measured, and how finely.
    #[serde(default)]
    pub measure: MeasurePlan,
}

/// `[capacity]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CapacityPlan {
    /// Capacities, each `"N"` entries, `"P%"` of the unique keys, or bytes with a unit.
    pub sizes: Vec<Size>,
    /// The one that is timed.
    pub timed: Size,
}

/// A capacity as a scenario or a flag gives it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Size {
    /// Entries.
    Entries(u64),
    /// A share of the workload's unique keys (0.01 is 1 %), rounded to the nearest entry, at
    /// least 1.
    Share(f64),
    /// Bytes.
    Bytes(u64),
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Err(format!("{text:?}: not yet"))
    }
}

/// `[load]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LoadPlan {
    /// Worker threads.
    pub workers: u32,
    /// Requests in flight a worker, for strategies that can.
    pub in_flight: u32,
    /// Connections to a service.
    pub connections: u32,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self { workers: 1, in_flight: 1, connections: 1 }
    }
}

/// `[services]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServicePlan {
    /// Requests that they replay for hit ratios; `None`: all.
    pub requests: Option<u64>,
    /// Capacities at which they do; `None`: three of `[capacity]`, the timed one among them.
    pub sizes: Option<Vec<Size>>,
}

/// `[measure]`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeasurePlan {
    /// Requests of the measured section.
    pub section: u64,
    /// Requests replayed before the section, untimed.
    pub warmup: u64,
    /// Differences below this share are called equivalent.
    pub delta: f64,
}

impl Default for MeasurePlan {
    fn default() -> Self {
        Self { section: 100_000, warmup: 200_000, delta: 0.01 }
    }
}
