//! An exact LRU whose entries are served past their time while one task loads them anew.
//!
//! The layers are those of `crates/patterns`: single flight over stale-while-revalidate over LRU.

use bakeoff_patterns::{SingleFlight, Swr};
use bakeoff_variant_lru::Lru;

/// The layers, outermost first.
pub type SwrLru = SingleFlight<Swr<Lru>>;
