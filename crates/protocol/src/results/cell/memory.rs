//! Memory figures of a cell.

use serde::{Deserialize, Serialize};

use crate::results::estimate::Estimate;

/// Memory of a filled cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryFigures {
    /// Bytes per entry, including those that services hold.
    pub bytes_per_entry: Option<Estimate>,
    /// Bytes per entry that services hold.
    #[serde(default)]
    pub service_bytes_per_entry: Option<f64>,
    /// Highest number of bytes that private services held at once.
    #[serde(default)]
    pub service_peak_bytes: Option<u64>,
    /// Bytes per entry of each trial, ascending.
    pub samples: Vec<f64>,
    /// Mean size of the values that were put, in bytes; absent if no read missed.
    #[serde(default)]
    pub mean_value_bytes: Option<f64>,
    /// Growth of the memory while the content was replaced. Absent without a limit, and for a cache
    /// whose server limits its memory.
    #[serde(default)]
    pub growth: Option<MemoryGrowthFigures>,
}

/// Growth of a full cache's memory while its content was replaced several times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryGrowthFigures {
    /// Number of times that the content was replaced.
    pub turnovers: f64,
    /// Memory after the second pass, in bytes.
    pub from_bytes: u64,
    /// Memory half-way, in bytes.
    pub middle_bytes: u64,
    /// Memory at the end, in bytes.
    pub to_bytes: u64,
    /// True if the memory grew by more than the tolerance in both halves.
    pub grows: bool,
}
