//! What users and the origin saw of paced replays: one table a scenario that has them.

use bakeoff_protocol::behaviour::Behaviour;
use serde::Serialize;

use crate::model::{Report, Row, ScenarioFigures};
use crate::number::{count, duration, percent};
use crate::tables::NOTHING;

/// The table of one scenario.
#[derive(Serialize)]
pub struct Seen<'a> {
    scenario: &'a str,
    /// What clock it ran by.
    pub caption: &'static str,
    /// A row for each variant.
    pub rows: Vec<SeenRow<'a>>,
}

/// What one variant's users and origin saw.
#[derive(Serialize)]
pub struct SeenRow<'a> {
    place: usize,
    /// The variant.
    pub variant: &'a str,
    /// Under [`HEAD`].
    pub cells: Vec<String>,
}

/// Heads of the columns after the variant.
pub const HEAD: [&str; 10] = [
    "stale answers",
    "stale for (p99)",
    "p99 to an answer",
    "failed",
    "slow",
    "origin loads",
    "for nothing",
    "same key at once",
    "lost writes",
    "recovered after",
];

/// The tables of all scenarios that have such figures.
pub fn seen(report: &Report) -> Vec<Seen<'_>> {
    report.scenarios.iter().filter_map(of_scenario).collect()
}

/// The table of one scenario, if it has such figures.
pub fn of_scenario(of: &ScenarioFigures) -> Option<Seen<'_>> {
    let found = of.rows.iter().filter_map(|row| Some((row, row.behaviour.as_deref()?)));
    let rows: Vec<SeenRow<'_>> = found.clone().map(|(row, seen)| told(row, seen)).collect();
    let (_, first) = found.into_iter().next()?;
    let caption = if first.virtual_clock {
        "Replayed on a virtual clock: exact, and nothing of it is the machine's."
    } else {
        "Replayed on the machine's clock, at the pace that the scenario sets."
    };
    Some(Seen { scenario: &of.scenario.name, caption, rows })
}

fn told<'a>(row: &'a Row, seen: &Behaviour) -> SeenRow<'a> {
    let share = |part: u64, whole: u64| percent(part as f64 / whole.max(1) as f64);
    let time = |ms: Option<f64>| ms.map_or_else(|| NOTHING.to_owned(), |ms| duration(ms / 1e3));
    let freshness = &seen.freshness;
    let users = &seen.users;
    let origin = &seen.origin;
    let cells = vec![
        share(freshness.stale, freshness.fresh + freshness.stale),
        time(freshness.age.quantile_ms(0.99)),
        time(users.latency.quantile_ms(0.99)),
        share(users.errors + users.unserved, users.requests),
        share(users.slow, users.requests),
        count(origin.loads),
        count(origin.redundant_loads),
        count(origin.stampede_factor),
        count(seen.lost.writes),
        time(users.recovery_ms.map(|ms| ms as f64)),
    ];
    SeenRow { place: row.place, variant: &row.variant, cells }
}
