//! An exact LRU in this process in front of a Redis server; no instance hears of another's writes.
//!
//! The tiers are those of `crates/patterns`: [`Tiered`].

use bakeoff_patterns::Tiered;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::Redis;

/// The bundled pair: an exact LRU in front of a Redis server.
pub type LruOverRedis = Tiered<Lru, Redis>;
