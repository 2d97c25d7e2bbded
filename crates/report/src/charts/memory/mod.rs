//! Charts of memory: per entry, by number of entries, and the hit ratio that it buys.

pub mod curve;
pub mod footprint;
pub mod per_entry;
