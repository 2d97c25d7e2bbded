//! The end of a run on the terminal: the answer, one table, two paths; at most 25 lines.

use std::path::Path;

use crate::columns::{aligned, cut, padded, wrapped};
use crate::doubt::doubt;
use crate::sure::{Standing, twin_figure};
use crate::tables;
use bakeoff_analysis::figures::{Report, ScenarioFigures};
use bakeoff_analysis::number::{counted, duration};
use bakeoff_analysis::words;

/// Lines that the end of a run may take.
const LINES: usize = 25;
/// Narrowest and widest line.
const WIDTHS: (usize, usize) = (80, 110);
/// Longest name that a row begins with.
const NAME: usize = 18;

/// What stands at the end of a run: header, answers, the table of as many scenarios as there is
/// room for, and where the page lies. `folder` is written as it is; `width` is the terminal's, and
/// lines are 80 to 110 columns whatever it is.
#[must_use]
pub fn terminal(report: &Report, folder: &Path, width: usize) -> String {
    let width = width.clamp(WIDTHS.0, WIDTHS.1);
    let mut end: Vec<String> = absences(report, width);
    if !end.is_empty() {
        end.push(String::new());
    }
    end.push(format!("  report    {}", folder.join("report.html").display()));
    end.push(format!("  decision  {}", folder.join("decision.md").display()));

    let mut lines = header(report, width);
    lines.push(String::new());
    let first = report.scenarios.first().map_or(0, |of| of.rows.len() + 3);
    let room = LINES.saturating_sub(lines.len() + end.len() + first).max(1);
    lines.extend(answers(report, width, room));
    lines.push(String::new());

    let mut left_out = 0;
    for of in &report.scenarios {
        let head = if report.scenarios.len() > 1 { &of.scenario.name } else { "variant" };
        let mut rows = scenario_table(report, of, head, width);
        rows.push(String::new());
        if lines.len() + rows.len() + end.len() <= LINES {
            lines.extend(rows);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 && lines.len() + end.len() < LINES {
        let word = if left_out == report.scenarios.len() { "" } else { "more " };
        let tables = counted(left_out as u64, "scenario");
        let (number, noun) = tables.split_once(' ').unwrap_or((&tables, ""));
        end.insert(
            end.len() - 2,
            format!("  The tables of {number} {word}{noun} are in the report."),
        );
    }
    lines.extend(end);
    lines.truncate(LINES);
    let mut text: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    if text.is_empty() {
        text.push('\n');
    }
    text
}

/// The tables of all scenarios, however long.
#[must_use]
pub fn table(report: &Report) -> String {
    let tables: Vec<String> = report
        .scenarios
        .iter()
        .map(|of| {
            let rows = scenario_table(report, of, "variant", usize::MAX);
            let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
            format!("{}\n{}\n", of.scenario.name, rows.join("\n"))
        })
        .collect();
    let doubt = doubt(report).map(|doubt| format!("{doubt}\n\n")).unwrap_or_default();
    doubt + &tables.join("\n")
}

fn header(report: &Report, width: usize) -> Vec<String> {
    let mut parts = vec![report.exploration.name.clone()];
    match report.scenarios.as_slice() {
        [one] => parts.push(one.scenario.name.clone()),
        several => parts.push(counted(several.len() as u64, "scenario")),
    }
    parts.push(counted(report.entrants.len() as u64, "variant"));
    let rounds = report.scenarios.iter().map(|of| of.rounds).min().unwrap_or(0);
    parts.push(counted(u64::from(rounds), "round"));
    if report.health.timed_seconds > 0.0 {
        parts.push(duration(report.health.timed_seconds));
    }
    parts.push(standing(report));
    wrapped(&parts.join(" · "), width, "", "  ")
}

/// `proven`, or how many scenarios are not, or do not tell the best apart, with the twin that deviates most.
fn standing(report: &Report) -> String {
    let total = report.scenarios.len();
    let count =
        |standing| report.scenarios.iter().filter(|of| Standing::of(of) == standing).count();
    let word = match (count(Standing::Unproven), count(Standing::Undecided)) {
        (0, 0) => String::from("proven"),
        (0, all) if all == total => String::from("undecided"),
        (0, some) => format!("{some} of {total} scenarios undecided"),
        (all, _) if all == total => String::from("unproven"),
        (some, _) => format!("{some} of {total} scenarios unproven"),
    };
    let twin = report
        .health
        .twins
        .iter()
        .max_by(|a, b| a.pair.ratio.ln().abs().total_cmp(&b.pair.ratio.ln().abs()));
    twin.map_or(word.clone(), |twin| format!("{word} (A/A twin {})", twin_figure(&twin.pair)))
}

/// The answers as far as `room` lines go: whole, else the first sentence of each, else one line of
/// each; then what else there is to know.
fn answers(report: &Report, width: usize, room: usize) -> Vec<String> {
    let indent = if report.scenarios.len() > 1 { "    " } else { "  " };
    let texts: Vec<String> = report.scenarios.iter().map(answer).collect();
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
    let remarks = report.scenarios.iter().filter_map(|of| of.verdict.as_ref());
    if let [remarks] = remarks.map(|verdict| &verdict.remarks).collect::<Vec<_>>().as_slice() {
        for remark in *remarks {
            let more = wrapped(remark, width, "  ", "    ");
            if lines.len() + more.len() <= room {
                lines.extend(more);
            }
        }
    }
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(String::from("  … the rest is in the report."));
    }
    lines
}

fn answer(of: &ScenarioFigures) -> String {
    let Some(verdict) = &of.verdict else { return String::from("Nothing was measured yet.") };
    let mut text = verdict.answer.clone();
    if !text.contains(&of.scenario.name) {
        text = format!("{}: {text}", of.scenario.name);
    }
    text
}

fn absences(report: &Report, width: usize) -> Vec<String> {
    let absences = report.absences();
    let mut lines: Vec<String> = absences
        .iter()
        .take(3)
        .map(|(entrant, reason)| {
            let reason = reason.lines().next().unwrap_or_default();
            cut(&format!("  {} {reason}", entrant.name), width)
        })
        .collect();
    if absences.len() > 3 {
        lines.push(format!("  and {} more, see the report", absences.len() - 3));
    }
    lines
}

struct Column {
    cells: Vec<String>,
    /// Where the terminal is too narrow, the highest goes first; 0 stays.
    dispensable: u8,
}

/// Head and rows of a scenario, aligned on the decimal.
fn scenario_table(report: &Report, of: &ScenarioFigures, head: &str, width: usize) -> Vec<String> {
    let measured = tables::measured(report, of);
    let properties = tables::properties(report);
    let against = format!("vs {}", cut(&report.exploration.baseline, NAME));
    let rate_head = tables::rate_head(of);
    let column = |head: &str, dispensable: u8, cells: Vec<String>| Column {
        cells: std::iter::once(head.to_owned()).chain(aligned(&cells)).collect(),
        dispensable,
    };
    let texts = |text: fn(&tables::Measured) -> String| measured.iter().map(text).collect();
    let mut columns = vec![
        column(&cut(head, NAME), 0, texts(|row| cut(&row.variant, NAME))),
        column("hit ratio", 0, texts(|row| row.hit_ratio.clone())),
        column("of clairvoyant", 3, texts(|row| row.of_clairvoyant.clone())),
        column(&rate_head, 0, texts(|row| format!("{} {}", row.requests_per_second, row.interval))),
        column(
            &against,
            0,
            texts(|row| {
                let ratio = row.against.split(" [").next().unwrap_or_default();
                words::ratio_and_verdict(ratio, &row.verdict)
            }),
        ),
        column("p99", 3, texts(|row| row.p99.clone())),
        column(
            tables::memory_head(of),
            4,
            texts(|row| row.memory.replace(" at its highest", " peak")),
        ),
        column("bounded", 1, properties.iter().map(|row| row.bounded.to_owned()).collect()),
        column("shared", 2, properties.iter().map(|row| row.shared.to_owned()).collect()),
    ];
    columns.retain(|column| {
        column.cells[1..].iter().any(|cell| !matches!(cell.trim(), "" | tables::NOTHING))
    });
    while total(&columns) > width {
        let Some(place) = (0..columns.len()).max_by_key(|&at| columns[at].dispensable) else {
            break;
        };
        if columns[place].dispensable == 0 {
            break;
        }
        columns.remove(place);
    }
    (0..=measured.len())
        .map(|row| {
            let cells =
                columns.iter().map(|column| padded(&column.cells[row], column_width(column)));
            format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
        })
        .collect()
}

fn column_width(column: &Column) -> usize {
    column.cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn total(columns: &[Column]) -> usize {
    columns.iter().map(|column| column_width(column) + 2).sum()
}
