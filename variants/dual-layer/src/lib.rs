//! An exact LRU over the database and nothing between them; instances hear of each other's writes by
//! LISTEN and NOTIFY of that database.
//!
//! The layers are those of `crates/patterns`: one load at a time, over a cache that is told, over a
//! time to live. The time ends what no message did: writes of programs that notify nobody.

use bakeoff_patterns::{SingleFlight, Told, Ttl};
use bakeoff_variant_lru::Lru;
use bakeoff_variant_pg_unlogged::Notify;

/// The layers, outermost first.
pub type DualLayer = SingleFlight<Told<Ttl<Lru>, Notify>>;
