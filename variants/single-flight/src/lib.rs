//! Exact LRU with a time to live and at most one load per key at a time.
//!
//! The layers of `crates/patterns` are single flight, over a time to live, over LRU.

use bakeoff_patterns::{SingleFlight, Ttl};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type SingleFlightLru = SingleFlight<Ttl<Lru>>;
