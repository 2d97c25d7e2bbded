//! Exact LRU in each process, without a shared cache; instances announce their writes by `NOTIFY`.
//!
//! Layers of `crates/patterns`, outermost first: single flight, invalidation, time to live. The
//! time to live limits how long an entry stays outdated if a program changes its row without a
//! notification.

use bakeoff_patterns::{LocalWithInvalidation, SingleFlight, Ttl};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_pg_unlogged::Notify;

/// Layers of the strategy, outermost first.
pub type DualLayer = SingleFlight<LocalWithInvalidation<Ttl<Lru>, Notify>>;
