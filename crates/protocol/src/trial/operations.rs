//! Figures that a runner measures with requests outside of the workload.

use serde::{Deserialize, Serialize};

/// Time of a lookup and of a store, measured after the window of a throughput trial.
///
/// One request at a time, in the cache that the window has filled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationTimes {
    /// Time of a read that hits, in nanoseconds.
    pub lookup_ns: f64,
    /// Time by which a read that misses takes longer, in nanoseconds. The origin answers at once.
    pub store_ns: f64,
    /// Number of timed reads that hit.
    pub lookups: u64,
    /// Number of timed reads that miss.
    pub stores: u64,
}

/// Memory of the runner while the content of a full cache is replaced again and again.
///
/// A pass reads new keys, overwrites one in four of them, and removes another one in four.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryTurnover {
    /// Number of new keys per pass, at least the number of entries held.
    pub keys_per_pass: u64,
    /// Growth of anonymous memory since before the strategy was opened, in bytes, after each pass.
    pub bytes_after_pass: Vec<u64>,
    /// Number of entries held after the last pass.
    pub entries_held: u64,
}
