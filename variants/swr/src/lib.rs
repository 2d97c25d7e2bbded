//! Exact LRU that serves expired entries while a background task reloads them.
//!
//! Layers, outermost first: single flight, stale-while-revalidate, LRU.

use bakeoff_patterns::{SingleFlight, Swr};
use bakeoff_variant_lru::Lru;

/// Layers of the strategy, outermost first.
pub type SwrLru = SingleFlight<Swr<Lru>>;
