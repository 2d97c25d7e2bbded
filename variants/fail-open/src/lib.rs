//! Redis, with the origin as a fallback while Redis is unavailable.
//!
//! The layers of `crates/patterns` are single flight, also for fallback loads, over fail-open, over
//! Redis.

use bakeoff_patterns::{FailOpen, SingleFlight};
use bakeoff_variant_redis::Redis;

/// The layers, outermost first.
pub type FailOpenRedis = SingleFlight<FailOpen<Redis>>;
