//! Redis, and the origin for as long as Redis is away.
//!
//! The layers are those of `crates/patterns`: one load at a time, also while the origin stands in for
//! the cache, over failing open over Redis.

use bakeoff_patterns::{FailOpen, SingleFlight};
use bakeoff_variant_redis::Redis;

/// The layers, outermost first.
pub type FailOpenRedis = SingleFlight<FailOpen<Redis>>;
