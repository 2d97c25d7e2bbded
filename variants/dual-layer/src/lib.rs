//! Exact LRU in each process, directly over the database; instances announce their writes by
//! `NOTIFY`.
//!
//! The layers of `crates/patterns` are single flight, over invalidation, over a time to live. The
//! time to live bounds the age of entries that are changed by programs which do not notify.

use bakeoff_patterns::{LocalWithInvalidation, SingleFlight, Ttl};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_pg_unlogged::Notify;

/// The layers, outermost first.
pub type DualLayer = SingleFlight<LocalWithInvalidation<Ttl<Lru>, Notify>>;
