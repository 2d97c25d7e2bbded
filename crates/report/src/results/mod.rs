//! From samples to results: cells, pairs, verdicts, and the answer. Pure.
//!
//! `select` decides which records count, `cells` gives each cell its figures (`sets` those that
//! not every round has), `pairs` compares within rounds, `standing` says who may be named,
//! `scenario` whether the run can be believed, `drawbacks` what a winner's users put up with,
//! `view` what one variant has over another, `limit` up to where, and `answer` puts it into words.

mod answer;
mod cells;
mod contender;
mod drawbacks;
mod limit;
mod pairs;
mod scenario;
mod select;
mod sets;
mod standing;
mod view;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::sample::Record;
pub(crate) use select::tells_of;
pub(crate) use view::{HIT_MARGIN, LEAST_MISS_NS, beats};

/// What the samples say. The same records in any order give the same results; no figure is ever
/// infinite or NaN.
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
        let contenders = contender::of(&scope, &cells);
        let pairs = pairs::of(&scope, &contenders);
        results.scenarios.push(scenario::judge(&scope, &contenders, &cells, &pairs));
        results.cells.extend(cells);
        results.pairs.extend(pairs.into_iter().map(|pair| pair.record));
    }
    results
}
