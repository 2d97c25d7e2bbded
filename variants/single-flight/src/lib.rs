//! Exact LRU with a time to live and at most one load per key at a time.
//!
//! Layers, outermost first: single flight, time to live, LRU.

use bakeoff_patterns::{SingleFlight, Ttl};
use bakeoff_variant_lru::Lru;

/// Layers of the strategy, outermost first.
pub type SingleFlightLru = SingleFlight<Ttl<Lru>>;
