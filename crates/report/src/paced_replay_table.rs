//! Tables of paced replays: figures of users and of the origin, one table per scenario.

use bakeoff_protocol::paced::outcome::PacedOutcome;
use bakeoff_protocol::results::paced::RequestShares;
use bakeoff_protocol::results::{Results, ScenarioResults, VariantFigures};
use serde::Serialize;

use crate::text::number::{count, duration, percent};
use crate::text::phrases::{MISSING, listed};

/// Table of one scenario.
#[derive(Serialize)]
pub struct PacedTable<'a> {
    scenario: &'a str,
    /// Sentence on the clock of the replays: virtual or real.
    pub caption: String,
    pub rows: Vec<PacedRow<'a>>,
}

/// Figures of one variant.
#[derive(Serialize)]
pub struct PacedRow<'a> {
    index: usize,
    pub variant: &'a str,
    /// Formatted figures in the order of [`HEAD`].
    pub cells: Vec<String>,
}

/// Heads of the columns that follow the column of variants.
pub const HEAD: [&str; 11] = [
    "stale reads",
    "staleness (p99)",
    "origin loads",
    "redundant loads",
    "stampede factor",
    "peak concurrent origin requests",
    "response time (p99)",
    "slow",
    "failed or not served",
    "lost writes",
    "recovery",
];

/// Returns the tables of all scenarios with paced replays.
pub fn paced_tables(results: &Results) -> Vec<PacedTable<'_>> {
    results.scenarios.iter().filter_map(paced_table).collect()
}

/// Returns the table of one scenario; `None` without paced replays.
pub fn paced_table(of: &ScenarioResults) -> Option<PacedTable<'_>> {
    let found = of.figures.iter().filter_map(|row| Some((row, of.paced(&row.variant)?)));
    let rows: Vec<PacedRow<'_>> =
        found.clone().map(|(figures, paced)| row(figures, paced)).collect();
    let (exact, others): (Vec<_>, Vec<_>) = found.partition(|(_, paced)| paced.virtual_clock);
    let names = |of: &[(&VariantFigures, &PacedOutcome)]| {
        listed(&of.iter().map(|(row, _)| row.variant.as_str()).collect::<Vec<_>>())
    };
    let caption = match (exact.as_slice(), others.as_slice()) {
        ([], []) => return None,
        (_, []) => String::from("Replayed on a virtual clock: exact, independent of the machine."),
        ([], _) => {
            String::from("Replayed on the machine's clock, at the pace that the scenario sets.")
        }
        (exact, others) => format!(
            "Replayed on a virtual clock (exact, independent of the machine): {}. On the machine's \
             clock, at the pace that the scenario sets, because they need a server: {}.",
            names(exact),
            names(others),
        ),
    };
    Some(PacedTable { scenario: &of.scenario.name, caption, rows })
}

fn row<'a>(figures: &'a VariantFigures, paced: &PacedOutcome) -> PacedRow<'a> {
    let time = |ms: Option<f64>| ms.map_or_else(|| MISSING.to_owned(), |ms| duration(ms / 1e3));
    let (users, origin) = (&paced.users, &paced.origin);
    let shares = RequestShares::whole(paced);
    let cells = vec![
        percent(paced.stale_share()),
        time(paced.freshness.age.quantile_ms(0.99)),
        count(origin.loads),
        count(origin.redundant_loads),
        count(origin.stampede_factor),
        count(origin.peak_concurrency),
        time(users.latency.quantile_ms(0.99)),
        percent(shares.slow),
        percent(shares.failed + shares.unserved),
        count(paced.lost.writes),
        time(users.recovery_ms.map(|ms| ms as f64)),
    ];
    PacedRow { index: figures.index, variant: &figures.variant, cells }
}
