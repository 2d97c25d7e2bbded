//! Sections of a scenario that control measurement: capacities, load, services, precision.

use bakeoff_protocol::exploration::RatePlan;
use serde::Serialize;

use super::capacity_spec::CapacitySpec;

/// Section `[capacity]`: capacities to measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapacityPlan {
    /// Capacities for hit ratios, in the order of the file.
    pub sizes: Vec<CapacitySpec>,
    /// Capacity for timed trials; one of `sizes`.
    pub timed: CapacitySpec,
}

impl CapacityPlan {
    /// Returns the default capacities for a user's trace.
    #[must_use]
    pub fn for_traces() -> Self {
        let shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5];
        Self { sizes: shares.map(CapacitySpec::Share).to_vec(), timed: CapacitySpec::Share(0.1) }
    }
}

/// Section `[load]`: threads, connections and request rates of the timed trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadPlan {
    /// Number of worker threads; at least 1.
    pub workers: u32,
    /// Requests in flight per worker, for strategies that support more than one; at least 1.
    pub in_flight: u32,
    /// Number of connections to a service; at least 1.
    pub connections: u32,
    /// Request rates at which response times are measured.
    pub rates: RatePlan,
    /// Additional numbers of workers at which throughput is measured.
    pub scaling: Vec<u32>,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self {
            workers: 1,
            in_flight: 1,
            connections: 1,
            rates: RatePlan::default(),
            scaling: Vec::new(),
        }
    }
}

/// Section `[services]`: capacities and timed trials of strategies that use a service.
///
/// A request to a service takes about a hundred times as long.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServicePlan {
    /// Number of untimed requests before the measured window; `None` for the value of `[measure]`.
    pub warmup: Option<u64>,
    /// Number of requests in the measured window; `None` for 60,000. At most that of `[measure]`.
    pub window: Option<u64>,
    /// Capacities at which hit ratios are measured; `None` selects three of `[capacity]`, among
    /// them the timed one.
    pub sizes: Option<Vec<CapacitySpec>>,
}

impl ServicePlan {
    /// Returns the number of requests in the measured window.
    #[must_use]
    pub fn window(&self, measure: &MeasurePlan) -> u64 {
        self.window.unwrap_or(60_000).min(measure.window)
    }
}

/// Section `[measure]`: length and precision of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasurePlan {
    /// Number of requests in the measured window; at least 1.
    pub window: u64,
    /// Number of untimed requests before the window.
    pub warmup: u64,
    /// Relative difference below which two variants are equivalent (0.01 is 1 %).
    pub equivalence_margin: f64,
    /// Limit of p99, in milliseconds, for which the report states the highest request rate.
    pub p99_limit_ms: f64,
}

impl Default for MeasurePlan {
    fn default() -> Self {
        Self { window: 250_000, warmup: 250_000, equivalence_margin: 0.01, p99_limit_ms: 1.0 }
    }
}
