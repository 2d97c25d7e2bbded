//! The sections of a scenario that say how it is replayed and measured.

use serde::Serialize;

use super::Size;

/// `[capacity]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapacityPlan {
    /// Capacities at which hit ratios are taken, as the file orders them.
    pub sizes: Vec<Size>,
    /// The one that is timed; one of `sizes`.
    pub timed: Size,
}

impl CapacityPlan {
    /// What a trace is replayed at when nothing else was said.
    #[must_use]
    pub fn for_traces() -> Self {
        let shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5];
        Self { sizes: shares.map(Size::Share).to_vec(), timed: Size::Share(0.1) }
    }
}

/// `[load]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadPlan {
    /// Worker threads; at least 1.
    pub workers: u32,
    /// Requests in flight a worker, for strategies that can; at least 1.
    pub in_flight: u32,
    /// Connections to a service; at least 1.
    pub connections: u32,
    /// Open loops, each in per cent of the closed loop's requests per second; `None`: those that
    /// are usual, for strategies that need a service.
    pub open_loop: Option<Vec<u32>>,
    /// Numbers of workers at which throughput is taken beside `workers`.
    pub scaling: Vec<u32>,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self { workers: 1, in_flight: 1, connections: 1, open_loop: None, scaling: Vec::new() }
    }
}

/// `[services]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServicePlan {
    /// Requests that they replay for hit ratios; `None`: all.
    pub requests: Option<u64>,
    /// Requests replayed before their measured section, untimed; `None`: as many as for the others.
    /// A server takes a hundred times as long over them.
    pub warmup: Option<u64>,
    /// Requests of their measured section; `None`: 60,000. Never more than the others'.
    pub section: Option<u64>,
    /// Capacities at which they do; `None`: three of `[capacity]`, the timed one among them.
    pub sizes: Option<Vec<Size>>,
}

impl ServicePlan {
    /// Requests of the measured section: at its pace a server's few are timed as long as the many of
    /// a cache in process.
    #[must_use]
    pub fn section(&self, measure: &MeasurePlan) -> u64 {
        self.section.unwrap_or(60_000).min(measure.section)
    }
}

/// `[measure]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasurePlan {
    /// Requests of the measured section; at least 1.
    pub section: u64,
    /// Requests replayed before the section, untimed.
    pub warmup: u64,
    /// Differences below this share are called equivalent (0.01 is 1 %).
    pub delta: f64,
}

impl Default for MeasurePlan {
    fn default() -> Self {
        Self { section: 250_000, warmup: 250_000, delta: 0.01 }
    }
}
