//! Distributions that generators draw keys from.

pub(super) mod alias_table;
pub(super) mod cycle;
pub(super) mod exponential;
pub(super) mod hotspot;
pub(super) mod latest;
pub(super) mod related_keys;
pub(super) mod reuse;
pub(super) mod scrambled_zipf;
pub(super) mod uniform;
pub(super) mod zipf;
