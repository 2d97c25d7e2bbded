//! Clock of a hit-ratio replay.

use serde::{Deserialize, Serialize};

/// Clock that a strategy and its servers follow in a hit-ratio replay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ReplayClock {
    /// Virtual clock that shows the timestamps of the workload.
    Timestamps,
    /// Virtual clock that advances at a constant rate, for a workload without timestamps.
    Rate {
        /// Requests per second of the virtual clock.
        requests_per_second: f64,
    },
    /// Clock of the machine.
    Real {
        /// Seconds of the workload per second of the replay; absent if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speed_up: Option<f64>,
    },
}

impl Default for ReplayClock {
    fn default() -> Self {
        Self::Real { speed_up: None }
    }
}
