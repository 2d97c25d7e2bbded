//! An exact LRU that acknowledges a write at once, and stores it in the origin a little later.
//!
//! The layers are those of `crates/patterns`: single flight over write-behind over LRU.

use bakeoff_patterns::{SingleFlight, WriteBehind};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type WriteBehindLru = SingleFlight<WriteBehind<Lru>>;
