//! Cache of built runners: its keys, its files, and the insertion of new runners.

pub(super) mod insert;
pub(super) mod key;
pub(super) mod runner_cache;
