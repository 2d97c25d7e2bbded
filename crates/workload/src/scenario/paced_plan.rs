//! Environment of a paced replay: `[origin]`, `[time]`, `[instances]` and `[[event]]`.

use bakeoff_protocol::paced::config::{FaultEvent, OriginConfig, OriginKind, PaceConfig, Routing};
use serde::Serialize;

/// Environment of a paced replay; exists if a scenario has any of the four sections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PacedPlan {
    /// `[origin]`; the driver sets its address.
    pub origin: OriginConfig,
    /// `[time]`.
    pub time: PaceConfig,
    /// Number of instances that share service and origin; 1 to 4.
    pub instances: u32,
    /// Assignment of requests to instances.
    pub routing: Routing,
    /// `[[event]]`, in the order of the file.
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
                rate: 2_000.0,
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
