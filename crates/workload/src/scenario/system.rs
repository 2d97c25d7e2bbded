//! `[origin]`, `[time]`, `[instances]` and `[[event]]`: what a paced replay runs in.

use bakeoff_protocol::setting::{Deal, EventSetting, OriginKind, OriginSetting, TimeSetting};
use serde::Serialize;

/// What a paced replay runs in. A scenario with any of the four sections has one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemPlan {
    /// `[origin]`; its address is the driver's to fill in.
    pub origin: OriginSetting,
    /// `[time]`.
    pub time: TimeSetting,
    /// Runner processes that share service and origin; 1 to 4.
    pub instances: u32,
    /// Which of them takes which request.
    pub deal: Deal,
    /// `[[event]]`, as the file orders them.
    pub events: Vec<EventSetting>,
}

impl Default for SystemPlan {
    fn default() -> Self {
        Self {
            origin: OriginSetting {
                kind: OriginKind::Simulated,
                address: String::new(),
                latency: Default::default(),
                concurrency: 0,
                failure_rate: 0.0,
                absent: 0.0,
            },
            time: TimeSetting {
                virtual_clock: false,
                rate: 2_000.0,
                scale: 1.0,
                ttl_ms: 0,
                moment_ms: 100,
                slow_after_ms: 100,
            },
            instances: 1,
            deal: Deal::Random,
            events: Vec::new(),
        }
    }
}
