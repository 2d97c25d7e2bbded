//! `[origin]`, `[time]`, `[instances]` and `[[event]]`: what a paced replay runs in.

use bakeoff_protocol::paced::config::{FaultEvent, OriginConfig, OriginKind, PaceConfig, Routing};
use serde::Serialize;

/// What a paced replay runs in. A scenario with any of the four sections has one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemPlan {
    /// `[origin]`; its address is the driver's to fill in.
    pub origin: OriginConfig,
    /// `[time]`.
    pub time: PaceConfig,
    /// Runner processes that share service and origin; 1 to 4.
    pub instances: u32,
    /// Which of them takes which request.
    pub routing: Routing,
    /// `[[event]]`, as the file orders them.
    pub events: Vec<FaultEvent>,
}

impl Default for SystemPlan {
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
