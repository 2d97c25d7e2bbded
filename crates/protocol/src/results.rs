//! `results.json`: what the samples say, one row a cell and one a pair.

use serde::{Deserialize, Serialize};

use crate::trial::{Capacity, Load, Meter};

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    /// Median over rounds.
    pub median: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Samples that it rests on.
    pub samples: u32,
}

/// `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Results {
    /// Version of this record.
    pub schema: u32,
    /// The exploration.
    pub name: String,
    /// One row a cell.
    pub cells: Vec<Cell>,
    /// One row a pair of variants, scenario and meter.
    pub pairs: Vec<Pair>,
    /// What may be said of each scenario as a whole.
    pub scenarios: Vec<ScenarioVerdict>,
}

/// One cell's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cell {
    /// The variant.
    pub variant: String,
    /// The scenario.
    pub scenario: String,
    /// What was measured.
    pub meter: Meter,
    /// The capacity asked for.
    pub capacity: Capacity,
    /// Entries that it stands for.
    pub capacity_entries: Option<u64>,
    /// Entries held at the end.
    pub entries_held: Option<u64>,
    /// The load.
    pub load: Load,
    /// Exact hit ratio, where replays agree.
    pub hit_ratio: Option<f64>,
    /// Requests per second (throughput cells).
    pub requests_per_second: Option<Estimate>,
    /// Bytes per entry (memory cells).
    pub bytes_per_entry: Option<Estimate>,
    /// Highest resident size of a runner.
    pub peak_rss_bytes: Option<u64>,
    /// Every sample, by round: requests per second.
    #[serde(default)]
    pub samples: Vec<f64>,
    /// Why the cell must not be compared, if so.
    pub not_comparable: Option<String>,
}

/// What may be said of two variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval lies above +δ.
    Faster,
    /// It lies above 0, not above +δ.
    SlightlyFaster,
    /// It lies within ±δ.
    Equivalent,
    /// It lies below 0, not below −δ.
    SlightlySlower,
    /// It lies below −δ.
    Slower,
    /// None of these.
    Inconclusive,
}

/// One paired comparison: `variant` against `baseline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// The scenario.
    pub scenario: String,
    /// What was measured.
    pub meter: Meter,
    /// The variant.
    pub variant: String,
    /// What it is compared with.
    pub baseline: String,
    /// Whether this is the A/A twin against its own baseline.
    pub twin: bool,
    /// Ratio of requests per second, variant by baseline: Hodges–Lehmann estimate.
    pub ratio: f64,
    /// Lower end at the corrected level.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Rounds that it rests on.
    pub rounds: u32,
    /// The word.
    pub verdict: Verdict,
    /// More rounds that would probably settle it, where it is inconclusive.
    pub more_rounds: Option<u32>,
}

/// What may be said of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScenarioVerdict {
    /// The scenario.
    pub scenario: String,
    /// Whether the run can be believed there.
    pub proven: bool,
    /// Why not.
    pub unproven_because: Vec<String>,
    /// The answer, in a sentence.
    pub answer: String,
    /// The variant that it names, if it names one.
    pub winner: Option<String>,
}
