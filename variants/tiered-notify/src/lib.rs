//! Exact LRU in front of an unlogged table of PostgreSQL; instances announce their writes by
//! `NOTIFY`. The strategy needs no server besides the database.

use bakeoff_patterns::Tiered;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_pg_unlogged::{Notify, PgUnlogged};

/// First tier, second tier, and invalidation channel.
pub type TieredNotify = Tiered<Lru, PgUnlogged, Notify>;
