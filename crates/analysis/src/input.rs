//! Files of an exploration that an analysis reads.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::sample::Record;

/// Everything that an analysis reads.
#[derive(Clone, Debug)]
pub struct Input {
    /// Content of `exploration.json`.
    pub exploration: Exploration,
    /// Complete lines of `samples.jsonl`.
    pub records: Vec<Record>,
    /// True if the last line of `samples.jsonl` was incomplete, because the driver was killed, and
    /// was left out.
    pub incomplete_last_line: bool,
    /// Progress files by variant name; variants without a file are missing.
    pub progress: BTreeMap<String, Progress>,
}
