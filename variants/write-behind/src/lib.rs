//! Exact LRU that acknowledges writes at once and stores them in the origin in batches.
//!
//! The layers of `crates/patterns` are single flight, over write-behind, over LRU.

use bakeoff_patterns::{SingleFlight, WriteBehind};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type WriteBehindLru = SingleFlight<WriteBehind<Lru>>;
