//! Computes the results of an exploration from its record and its samples.
//!
//! Pure: no clock, no disk. `select` decides which records count, `cells` computes figures, `pairs`
//! compares variants within rounds, `recommendation` names the variant to use, `run_checks` decides
//! whether the run can be trusted, `crossovers` finds the miss costs at which the ranking changes,
//! `gate` checks a change against thresholds.

pub mod cells;
pub mod crossovers;
pub mod figures;
pub mod gate;
pub mod number;
pub mod pairs;
pub mod recommendation;
pub mod run_checks;
pub mod select;
pub mod words;

use std::collections::BTreeMap;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::sample::Record;

/// Everything that an analysis reads.
#[derive(Clone, Debug)]
pub struct Input {
    /// `exploration.json`.
    pub exploration: Exploration,
    /// `samples.jsonl`, whole lines only.
    pub records: Vec<Record>,
    /// True if an incomplete last line was left out, as a killed driver leaves it.
    pub torn: bool,
    /// Progress files by variant; missing ones are left out.
    pub progress: BTreeMap<String, Progress>,
}

/// Computes the results. The order of the records does not matter; no figure is infinite or NaN.
#[must_use]
pub fn compute(exploration: &Exploration, records: &[Record]) -> Results {
    let selection = select::Selection::new(exploration, records);
    let mut results = Results {
        schema: SCHEMA_VERSION,
        name: exploration.name.clone(),
        cells: Vec::new(),
        pairs: Vec::new(),
        scenarios: Vec::new(),
    };
    for asked in &exploration.scenarios {
        let scope = selection.scope(asked);
        let cells = cells::of(&scope);
        let contenders = pairs::contenders::of(&scope, &cells);
        let pairs = pairs::of(&scope, &contenders);
        results.scenarios.push(run_checks::judge(&scope, &contenders, &cells, &pairs));
        results.cells.extend(cells);
        results.pairs.extend(pairs.into_iter().map(|pair| pair.record));
    }
    results
}
