//! Exact LRU in front of a Redis server, without invalidation between instances.
//!
//! See [`Tiered`].

use bakeoff_patterns::Tiered;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_redis::Redis;

/// Exact LRU in front of a Redis server.
pub type LruOverRedis = Tiered<Lru, Redis>;
