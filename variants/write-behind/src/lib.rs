//! Exact LRU that acknowledges writes at once and stores them in the origin in batches.
//!
//! Layers, outermost first: single flight, write-behind, LRU.

use bakeoff_patterns::{SingleFlight, WriteBehind};
use bakeoff_variant_lru::Lru;

/// Layers of the strategy, outermost first.
pub type WriteBehindLru = SingleFlight<WriteBehind<Lru>>;
