//! Tables for capacity planning: memory budgets, memory per entry, and break-even points.

use bakeoff_protocol::results::sizing::BUDGETS_BYTES;
use bakeoff_protocol::results::{BreakEven, MemoryBudget, Results, ScenarioResults, Sizing};
use serde::Serialize;

use crate::text::number::{count, duration, entry_bytes, figures, percent};
use crate::text::phrases::MISSING;

/// Table of one scenario with a row for each variant.
#[derive(Serialize)]
pub struct SizingTable<'a> {
    scenario: &'a str,
    pub title: &'static str,
    /// Explanation below the title.
    pub caption: String,
    /// Heads of the columns after the variant.
    pub head: Vec<String>,
    pub rows: Vec<SizingRow<'a>>,
}

/// Row of one variant.
#[derive(Serialize)]
pub struct SizingRow<'a> {
    index: usize,
    pub variant: &'a str,
    /// Formatted figures in the order of the heads.
    pub cells: Vec<String>,
}

/// Returns the tables of all scenarios.
pub fn sizing_tables(results: &Results) -> Vec<SizingTable<'_>> {
    results.scenarios.iter().flat_map(of_scenario).collect()
}

/// Returns the tables of one scenario that have rows.
pub fn of_scenario(of: &ScenarioResults) -> impl Iterator<Item = SizingTable<'_>> {
    [budgets(of), sizes(of), break_even(of)].into_iter().flatten()
}

/// Returns entries and hit ratio by memory budget; `None` without measured memory.
fn budgets(of: &ScenarioResults) -> Option<SizingTable<'_>> {
    let cell = |budget: &MemoryBudget| {
        let entries = if budget.all_keys_fit {
            format!("all {} keys", count(budget.entries))
        } else {
            format!(
                "{} entries{}",
                count(budget.entries),
                extrapolation_suffix(budget.memory_extrapolated)
            )
        };
        let Some(hit_ratio) = budget.hit_ratio else { return String::from("does not fit") };
        format!(
            "{}{} ({entries})",
            percent(hit_ratio),
            extrapolation_suffix(budget.hit_ratio_extrapolated)
        )
    };
    not_empty(of.sizing.iter().map(|one| row(one, one.budgets.iter().map(cell).collect()))).map(
        |rows| SizingTable {
            scenario: &of.scenario.name,
            title: "Hit ratio by memory budget",
            caption: String::from(
                "Hit ratio, and the entries that fit into the memory. Interpolated between measured \
                 sizes and replayed capacities; * is outside of them.",
            ),
            head: BUDGETS_BYTES.map(budget_name).to_vec(),
            rows,
        },
    )
}

/// Returns memory and overhead per entry by number of entries; `None` without measured memory.
fn sizes(of: &ScenarioResults) -> Option<SizingTable<'_>> {
    let most = of.sizing.iter().map(|one| one.points.len()).max().unwrap_or(0);
    let cells = |one: &Sizing| {
        let mut cells: Vec<String> = one
            .points
            .iter()
            .map(|point| {
                let overhead = point.overhead_per_entry.map_or_else(String::new, |overhead| {
                    format!(", overhead {}", entry_bytes(overhead.max(0.0)))
                });
                let entries = count(point.entries);
                format!("{entries}: {}{overhead}", entry_bytes(point.bytes_per_entry))
            })
            .collect();
        cells.resize(most, String::from(MISSING));
        cells
    };
    not_empty(of.sizing.iter().map(|one| row(one, cells(one)))).map(|rows| SizingTable {
        scenario: &of.scenario.name,
        title: "Memory per entry by number of entries",
        caption: String::from(
            "Entries held, their memory per entry, and the overhead: what remains without the key (8 \
             B) and the mean value.",
        ),
        head: (1..=most).map(|number| format!("size {number}")).collect(),
        rows,
    })
}

/// Returns the point from which each variant is faster than running without a cache; `None` if
/// nothing was timed.
fn break_even(of: &ScenarioResults) -> Option<SizingTable<'_>> {
    let rows = of.reference.break_even.iter().filter_map(|one| {
        let row = of.row(&one.variant)?;
        Some(SizingRow { index: row.index, variant: &one.variant, cells: cells(one) })
    });
    not_empty(rows).map(|rows| SizingTable {
        scenario: &of.scenario.name,
        title: "Break-even with no cache",
        caption: format!(
            "Below the break-even hit ratio, running without a cache is faster at a miss cost of \
             {}. Lookup and store are timed one request at a time.",
            duration(of.reference.miss_cost_ns / 1e9)
        ),
        head: [
            "lookup",
            "store",
            "break-even hit ratio",
            "faster without a cache below a miss cost of",
        ]
        .map(String::from)
        .to_vec(),
        rows,
    })
}

fn cells(one: &BreakEven) -> Vec<String> {
    let time = |ns: f64| duration(ns / 1e9);
    vec![
        time(one.lookup_ns.median),
        time(one.store_ns.median),
        format!("{} %", figures(one.hit_ratio * 100.0)),
        one.miss_cost_ns.map_or_else(|| String::from("always"), time),
    ]
}

fn row(sizing: &Sizing, cells: Vec<String>) -> SizingRow<'_> {
    SizingRow { index: sizing.index, variant: &sizing.variant, cells }
}

fn not_empty<'a>(rows: impl Iterator<Item = SizingRow<'a>>) -> Option<Vec<SizingRow<'a>>> {
    let rows: Vec<SizingRow<'a>> = rows.collect();
    (!rows.is_empty()).then_some(rows)
}

/// Formats a budget without decimals: `64 MiB`.
fn budget_name(bytes: u64) -> String {
    if bytes < 1 << 30 { format!("{} MiB", bytes >> 20) } else { format!("{} GiB", bytes >> 30) }
}

const fn extrapolation_suffix(extrapolated: bool) -> &'static str {
    if extrapolated { "*" } else { "" }
}
