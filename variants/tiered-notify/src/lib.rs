//! An exact LRU in this process in front of an unlogged table of PostgreSQL; instances hear of each
//! other's writes by LISTEN and NOTIFY: two tiers and their news without a server but the database.
//!
//! The tiers are those of `crates/patterns`.

use bakeoff_patterns::Tiered;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_pg_unlogged::{Notify, PgUnlogged};

/// A near tier, a far one, and a channel beside them.
pub type TieredNotify = Tiered<Lru, PgUnlogged, Notify>;
