//! Input of an analysis.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::sample::Record;

/// Everything that an analysis reads.
#[derive(Clone, Debug)]
pub struct Input {
    /// `exploration.json`.
    pub exploration: Exploration,
    /// Complete lines of `samples.jsonl`.
    pub records: Vec<Record>,
    /// True if an incomplete last line was left out, as a killed driver leaves it.
    pub incomplete_last_line: bool,
    /// Progress files by variant; missing ones are left out.
    pub progress: BTreeMap<String, Progress>,
}
