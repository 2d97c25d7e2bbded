//! Redis, with the origin as a fallback while Redis is unavailable.
//!
//! Layers, outermost first: single flight (also for fallback loads), fail-open, Redis.

use bakeoff_patterns::{FailOpen, SingleFlight};
use bakeoff_variant_redis::Redis;

/// Layers of the strategy, outermost first.
pub type FailOpenRedis = SingleFlight<FailOpen<Redis>>;
