//! Exact LRU that serves expired entries while a background task reloads them.
//!
//! The layers of `crates/patterns` are single flight, over stale-while-revalidate, over LRU.

use bakeoff_patterns::{SingleFlight, Swr};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type SwrLru = SingleFlight<Swr<Lru>>;
