//! Terminal output at the end of a run: recommendations, tables and paths, in at most 20 lines.

use std::path::Path;

use bakeoff_protocol::results::{Results, ScenarioResults};

use crate::sentences::conclusion::{conclusion, remarks};
use crate::sentences::confidence::{RunQuality, aa_figure};
use crate::sentences::{quantity, unconfirmed};
use crate::sizing_tables::{self, SizingTable};
use crate::text::clock::clocks;
use crate::text::columns::{aligned, cut, padded, wrapped};
use crate::text::number::{counted, duration};
use crate::text::phrases::MISSING;
use crate::{DECISION, PAGE, tables};

/// Maximum number of lines of the output.
const MAX_LINES: usize = 20;
/// Minimum and maximum width in columns.
const WIDTH_RANGE: (usize, usize) = (80, 110);
/// Maximum number of characters of a variant name; longer names are cut.
const MAX_NAME: usize = 18;

/// Returns header, recommendations, as many tables as fit, and the paths of the results.
///
/// `folder` is printed as given; `width` is clamped to 80 to 110 columns.
#[must_use]
pub fn terminal(results: &Results, folder: &Path, width: usize) -> String {
    let width = width.clamp(WIDTH_RANGE.0, WIDTH_RANGE.1);
    let mut end: Vec<String> = absences(results, width);
    if !end.is_empty() {
        end.push(String::new());
    }
    let clocks = clocks(results);
    if !clocks.is_empty() {
        end.push(cut(&format!("  clock     hit ratios: {}", clocks.join("; ")), width));
    }
    end.push(format!("  report    {}", folder.join(PAGE).display()));
    end.push(format!("  decision  {}", folder.join(DECISION).display()));

    let mut lines = header(results, width);
    lines.push(String::new());
    let room = room_for_recommendations(results, lines.len() + end.len() + 1);
    lines.extend(recommendations(results, width, room));
    lines.push(String::new());

    let mut left_out = 0;
    for of in &results.scenarios {
        let head = if results.scenarios.len() > 1 { &of.scenario.name } else { "variant" };
        let mut rows = scenario_table(results, of, head, width);
        rows.push(String::new());
        if lines.len() + rows.len() + end.len() <= MAX_LINES {
            lines.extend(rows);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 && lines.len() + end.len() < MAX_LINES {
        let noun = if left_out == results.scenarios.len() { "scenario" } else { "more scenario" };
        let scenarios = counted(left_out as u64, noun);
        end.insert(end.len() - 2, format!("  The tables of {scenarios} are in the results."));
    }
    lines.extend(end);
    lines.truncate(MAX_LINES);
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Returns the number of lines that the recommendations can have, given the number of other lines
/// without tables. The first table has its lines only if every scenario keeps one.
fn room_for_recommendations(results: &Results, others: usize) -> usize {
    let free = MAX_LINES.saturating_sub(others);
    let table = results.scenarios.first().map_or(0, |of| of.figures.len() + 2);
    match free.checked_sub(table) {
        Some(room) if room >= results.scenarios.len().max(1) => room,
        // One line states how many tables are left out.
        _ => free.saturating_sub(1).max(1),
    }
}

/// Returns the tables of all scenarios with all columns, whatever the width of the terminal.
#[must_use]
pub fn table(results: &Results) -> String {
    let tables: Vec<String> = results
        .scenarios
        .iter()
        .map(|of| {
            let rows = scenario_table(results, of, "variant", usize::MAX);
            let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
            let sizing = sizing_lines(of);
            format!("{}\n{}\n{sizing}", of.scenario.name, rows.join("\n"))
        })
        .collect();
    let notice =
        unconfirmed::notice(results).map(|notice| format!("{notice}\n\n")).unwrap_or_default();
    notice + &tables.join("\n")
}

/// Formats the tables of sizing and break-even, each with its title.
fn sizing_lines(of: &ScenarioResults) -> String {
    let text = |table: SizingTable<'_>| {
        let names = std::iter::once("variant").chain(table.rows.iter().map(|row| row.variant));
        let mut columns = vec![names.map(String::from).collect::<Vec<_>>()];
        columns.extend(table.head.iter().enumerate().map(|(at, head)| {
            let cells = table.rows.iter().map(|row| row.cells[at].clone());
            std::iter::once(head.clone()).chain(cells).collect()
        }));
        let columns: Vec<Column> =
            columns.into_iter().map(|cells| Column { cells, dispensable: 0 }).collect();
        let lines: Vec<String> =
            (0..=table.rows.len()).map(|row| table_line(&columns, row)).collect();
        format!("\n  {}\n{}\n", table.title, lines.join("\n"))
    };
    sizing_tables::of_scenario(of).map(text).collect()
}

fn header(results: &Results, width: usize) -> Vec<String> {
    let mut parts = vec![results.name.clone()];
    match results.scenarios.as_slice() {
        [one] => parts.push(one.scenario.name.clone()),
        several => parts.push(counted(several.len() as u64, "scenario")),
    }
    parts.push(counted(results.variants.len() as u64, "variant"));
    let timed = results.scenarios.iter().filter(|of| of.scenario.timed);
    if let Some(rounds) = timed.map(|of| of.rounds).min() {
        parts.push(counted(u64::from(rounds), "round"));
    }
    if results.trials.timed_seconds > 0.0 {
        parts.push(duration(results.trials.timed_seconds));
    }
    parts.push(quality(results));
    wrapped(&parts.join(" · "), width, "", "  ")
}

/// Formats the run quality of all scenarios, with the largest A/A difference.
fn quality(results: &Results) -> String {
    let total = results.scenarios.len();
    let count = |quality| {
        results.scenarios.iter().filter(|of| RunQuality::from_results(of) == quality).count()
    };
    let word = match (count(RunQuality::Unconfirmed), count(RunQuality::Undecided)) {
        (0, 0) => String::from("confirmed"),
        (0, all) if all == total => String::from("undecided"),
        (0, some) => format!("{some} of {total} scenarios undecided"),
        (all, _) if all == total => String::from("unconfirmed"),
        (some, _) => format!("{some} of {total} scenarios unconfirmed"),
    };
    let controls = results.scenarios.iter().filter_map(|of| of.aa_control.as_ref());
    let largest = controls.max_by(|a, b| a.ratio.ln().abs().total_cmp(&b.ratio.ln().abs()));
    largest.map_or(word.clone(), |pair| format!("{word} (A/A {})", aa_figure(pair)))
}

/// Formats the recommendations within `room` lines: in full if they fit, otherwise their first
/// sentences, otherwise the first line of each. Remarks follow if there is room.
fn recommendations(results: &Results, width: usize, room: usize) -> Vec<String> {
    let indent = if results.scenarios.len() > 1 { "    " } else { "  " };
    let texts: Vec<String> = results.scenarios.iter().map(recommendation).collect();
    let whole = |texts: &[String]| -> Vec<String> {
        texts.iter().flat_map(|text| wrapped(text, width, "  ", indent)).collect()
    };
    let mut lines = whole(&texts);
    if lines.len() > room {
        let first = |text: &String| match text.find(". ") {
            Some(end) => text[..=end].to_owned(),
            None => text.clone(),
        };
        let sentences: Vec<String> = texts.iter().map(first).collect();
        lines = whole(&sentences);
        if lines.len() > room {
            lines = sentences.iter().map(|text| cut(&format!("  {text}"), width)).collect();
        }
    }
    if let [only] = results.scenarios.as_slice() {
        for remark in remarks(only) {
            let more = wrapped(&remark, width, "  ", "    ");
            if lines.len() + more.len() <= room {
                lines.extend(more);
            }
        }
    }
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(String::from("  … the rest is in the results."));
    }
    lines
}

fn recommendation(of: &ScenarioResults) -> String {
    let text = conclusion(of);
    if text.contains(&of.scenario.name) { text } else { format!("{}: {text}", of.scenario.name) }
}

fn absences(results: &Results, width: usize) -> Vec<String> {
    let absences = tables::absent_variants(results);
    let mut lines: Vec<String> = absences
        .iter()
        .take(3)
        .map(|(variant, reason)| {
            let reason = reason.lines().next().unwrap_or_default();
            cut(&format!("  {} {reason}", variant.name), width)
        })
        .collect();
    if absences.len() > 3 {
        lines.push(format!("  and {} more, see the report", absences.len() - 3));
    }
    lines
}

struct Column {
    cells: Vec<String>,
    /// Columns with the highest number are removed first on a narrow terminal; 0 is never removed.
    dispensable: u8,
}

/// Returns the head and rows of the table of a scenario, aligned at the decimal point.
fn scenario_table(
    results: &Results,
    of: &ScenarioResults,
    head: &str,
    width: usize,
) -> Vec<String> {
    let measured = tables::measured_rows(results, of);
    let properties = tables::properties_rows(results);
    let against = format!("vs {}", cut(&results.exploration.baseline, MAX_NAME));
    let rate_head = tables::rate_head(of);
    let column = |head: &str, dispensable: u8, cells: Vec<String>| Column {
        cells: std::iter::once(head.to_owned()).chain(aligned(&cells)).collect(),
        dispensable,
    };
    let texts = |text: fn(&tables::MeasuredRow) -> String| measured.iter().map(text).collect();
    let mut columns = vec![
        column(&cut(head, MAX_NAME), 0, texts(|row| cut(&row.variant, MAX_NAME))),
        column("hit ratio", 0, texts(|row| row.hit_ratio.clone())),
        column("of optimal", 3, texts(|row| row.share_of_optimal.clone())),
        column(&rate_head, 0, texts(|row| format!("{} {}", row.requests_per_second, row.interval))),
        column(&against, 0, texts(|row| row.against_short.clone())),
        column("p99", 3, texts(|row| row.p99.clone())),
        column(tables::memory_head(of), 4, texts(|row| row.memory.clone())),
        column("bounded", 1, properties.iter().map(|row| row.bounded.to_owned()).collect()),
        column("shared", 2, properties.iter().map(|row| row.shared.to_owned()).collect()),
    ];
    let deciding = quantity::columns(of);
    columns.splice(1..1, deciding.into_iter().map(|(head, cells)| column(head, 0, cells)));
    columns
        .retain(|column| column.cells[1..].iter().any(|cell| !matches!(cell.trim(), "" | MISSING)));
    while total(&columns) > width {
        let Some(place) = (0..columns.len()).max_by_key(|&at| columns[at].dispensable) else {
            break;
        };
        if columns[place].dispensable == 0 {
            break;
        }
        columns.remove(place);
    }
    // The intervals are the last to go.
    let is_too_wide = total(&columns) > width;
    let rates = columns.iter_mut().find(|column| column.cells[0] == rate_head);
    if let (true, Some(rates)) = (is_too_wide, rates) {
        *rates = column(&rate_head, 0, texts(|row| row.requests_per_second.clone()));
    }
    (0..=measured.len()).map(|row| table_line(&columns, row)).collect()
}

fn table_line(columns: &[Column], row: usize) -> String {
    let cells = columns.iter().map(|column| padded(&column.cells[row], column_width(column)));
    format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
}

fn column_width(column: &Column) -> usize {
    column.cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn total(columns: &[Column]) -> usize {
    columns.iter().map(|column| column_width(column) + 2).sum()
}
