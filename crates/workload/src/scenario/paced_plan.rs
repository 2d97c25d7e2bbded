//! Environment of a paced replay: `[origin]`, `[time]`, `[instances]` and `[[event]]`.

use bakeoff_protocol::paced::config::{FaultEvent, OriginConfig, OriginKind, PaceConfig, Routing};
use serde::Serialize;

/// Requests per second of a workload without timestamps, unless its scenario sets another rate.
///
/// Far below the speed of a replay and typical of one instance of a web service.
pub const DEFAULT_REQUEST_RATE: f64 = 1_000.0;

/// Environment of a paced replay, for scenarios with at least one of these sections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PacedPlan {
    /// Section `[origin]`; the driver sets the address.
    pub origin: OriginConfig,
    /// Section `[time]`: clock, request rate and time to live.
    pub time: PaceConfig,
    /// Number of instances that share the service and the origin; 1 to 4.
    pub instances: u32,
    /// Assignment of requests to instances.
    pub routing: Routing,
    /// Fault events (`[[event]]`) in the order of the file.
    pub events: Vec<FaultEvent>,
}

impl Default for PacedPlan {
    fn default() -> Self {
        Self {
            origin: OriginConfig {
                kind: OriginKind::Simulated,
                address: String::new(),
                latency: Default::default(),
                concurrency: None,
                failure_rate: 0.0,
                absent: 0.0,
            },
            time: PaceConfig {
                virtual_clock: false,
                rate: DEFAULT_REQUEST_RATE,
                scale: 1.0,
                ttl_ms: None,
                bucket_ms: 100,
                slow_threshold_ms: 100,
            },
            instances: 1,
            routing: Routing::Random,
            events: Vec::new(),
        }
    }
}
