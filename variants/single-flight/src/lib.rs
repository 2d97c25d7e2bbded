//! An exact LRU that expires, and asks the origin once where many miss the same key.
//!
//! The layers are those of `crates/patterns`: single flight over a time to live over LRU.

use bakeoff_patterns::{SingleFlight, Ttl};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type SingleFlightLru = SingleFlight<Ttl<Lru>>;
