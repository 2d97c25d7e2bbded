//! The end of a run on the terminal: the answer, one table, two paths; at most 25 lines.

use std::path::Path;

use crate::model::{Report, ScenarioFigures};
use crate::number::{counted, duration, ratio_with_interval};
use crate::tables;

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
        let mut rows = scenario_table(report, of, width);
        if report.scenarios.len() > 1 {
            rows[0] = with_scenario(&rows[0], &of.scenario.name);
        }
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
            let rows = scenario_table(report, of, usize::MAX);
            let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
            format!("{}\n{}\n", of.scenario.name, rows.join("\n"))
        })
        .collect();
    tables.join("\n")
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

/// `proven`, or how many scenarios are not, with the twin that deviates most.
fn standing(report: &Report) -> String {
    let unproven = report
        .scenarios
        .iter()
        .filter(|of| !of.verdict.as_ref().is_some_and(|verdict| verdict.proven))
        .count();
    let word = match unproven {
        0 => String::from("proven"),
        all if all == report.scenarios.len() => String::from("unproven"),
        some => format!("{some} of {} scenarios unproven", report.scenarios.len()),
    };
    let twin = report
        .health
        .twins
        .iter()
        .max_by(|a, b| a.pair.ratio.ln().abs().total_cmp(&b.pair.ratio.ln().abs()));
    twin.map_or(word.clone(), |twin| {
        let pair = &twin.pair;
        format!("{word} (A/A twin {})", ratio_with_interval(pair.ratio, pair.low, pair.high))
    })
}

/// A paragraph a scenario: the answer, why it is unproven, what else to know; cut to `room` lines.
fn answers(report: &Report, width: usize, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let several = report.scenarios.len() > 1;
    for of in &report.scenarios {
        let mut text = of.verdict.as_ref().map_or_else(
            || String::from("Nothing was measured yet."),
            |verdict| verdict.answer.clone(),
        );
        if several && !text.contains(&of.scenario.name) {
            text = format!("{}: {text}", of.scenario.name);
        }
        if let Some(verdict) = of.verdict.as_ref().filter(|verdict| !verdict.proven) {
            text.push_str(&format!(" Unproven: {}.", verdict.unproven_because.join("; ")));
        }
        lines.extend(wrapped(&text, width, "  ", if several { "    " } else { "  " }));
    }
    if !several {
        for remark in
            report.scenarios.iter().filter_map(|of| of.verdict.as_ref()).flat_map(|of| &of.remarks)
        {
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
    /// Taken away first where the terminal is too narrow.
    dispensable: bool,
}

/// Head and rows of a scenario, aligned on the decimal.
fn scenario_table(report: &Report, of: &ScenarioFigures, width: usize) -> Vec<String> {
    let measured = tables::measured(report, of);
    let properties = tables::properties(report);
    let against = format!("vs {}", cut(&report.exploration.baseline, NAME));
    let rate_head = tables::rate_head(of);
    let column = |head: &str, dispensable: bool, cells: Vec<String>| Column {
        cells: std::iter::once(head.to_owned()).chain(aligned(&cells)).collect(),
        dispensable,
    };
    let texts = |text: fn(&tables::Measured) -> String| measured.iter().map(text).collect();
    let mut columns = vec![
        column("variant", false, texts(|row| cut(&row.variant, NAME))),
        column("hit ratio", false, texts(|row| row.hit_ratio.clone())),
        column("of clairvoyant", true, texts(|row| row.of_clairvoyant.clone())),
        column(
            &rate_head,
            false,
            texts(|row| format!("{} {}", row.requests_per_second, row.interval)),
        ),
        column(
            &against,
            false,
            texts(|row| {
                format!("{} {}", row.against.split(" [").next().unwrap_or_default(), row.verdict)
            }),
        ),
        column(
            "memory",
            true,
            texts(|row| {
                row.memory.replace(" at its highest", " peak").replace(" an entry", "/entry")
            }),
        ),
        column("bounded", false, properties.iter().map(|row| row.bounded.to_owned()).collect()),
        column("shared", false, properties.iter().map(|row| row.shared.to_owned()).collect()),
    ];
    columns.retain(|column| {
        column.cells[1..].iter().any(|cell| !matches!(cell.trim(), "" | tables::NOTHING))
    });
    while total(&columns) > width {
        let Some(place) = columns.iter().rposition(|column| column.dispensable) else { break };
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

fn with_scenario(head: &str, scenario: &str) -> String {
    // The first column's head gives way to the scenario's name where it fits.
    let name = cut(scenario, NAME);
    let rest: String = head.chars().skip(2 + name.chars().count().max("variant".len())).collect();
    if rest.starts_with("  ")
        || head
            .chars()
            .skip(2 + "variant".len())
            .take(name.chars().count().saturating_sub(7) + 1)
            .all(|letter| letter == ' ')
    {
        return format!("  {}{rest}", padded(&name, "variant".len()));
    }
    head.to_owned()
}

fn column_width(column: &Column) -> usize {
    column.cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn total(columns: &[Column]) -> usize {
    columns.iter().map(|column| column_width(column) + 2).sum()
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

/// Cells that begin with a number are shifted so that their decimals stand under each other;
/// others stay.
fn aligned(cells: &[String]) -> Vec<String> {
    let whole = |cell: &str| {
        let signless = cell.trim_start_matches(['+', '−']);
        signless.starts_with(|letter: char| letter.is_ascii_digit()).then(|| {
            let sign = cell.chars().count() - signless.chars().count();
            sign + signless
                .chars()
                .take_while(|letter| letter.is_ascii_digit() || *letter == ',')
                .count()
        })
    };
    let widest = cells.iter().filter_map(|cell| whole(cell)).max().unwrap_or(0);
    let shifted: Vec<String> = cells
        .iter()
        .map(|cell| {
            whole(cell).map_or_else(
                || cell.clone(),
                |before| format!("{}{cell}", " ".repeat(widest - before)),
            )
        })
        .collect();
    aligned_rest(shifted)
}

/// What follows the number (an interval, a word) begins in one column too.
fn aligned_rest(cells: Vec<String>) -> Vec<String> {
    let split = |cell: &str| {
        cell.find(" [")
            .or_else(|| cell.find(" %").map(|at| at + 2))
            .or_else(|| cell.find('×').map(|at| at + '×'.len_utf8()))
            .filter(|&at| at < cell.len())
    };
    let start = cells
        .iter()
        .filter_map(|cell| Some(cell[..split(cell)?].chars().count()))
        .max()
        .unwrap_or(0);
    cells
        .into_iter()
        .map(|cell| match split(&cell) {
            Some(at) => format!("{}{}", padded(&cell[..at], start), &cell[at..]),
            None => cell,
        })
        .collect()
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Words in lines of at most `width` columns, the first behind `first`, the others behind `rest`.
fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_stand_under_each_other() {
        let cells =
            ["41.2 [40.6, 41.9]", "1.90 [1.84, 1.97]", "0.398 [0.31, 0.44]", "–"].map(String::from);
        assert_eq!(
            aligned(&cells),
            ["41.2   [40.6, 41.9]", " 1.90  [1.84, 1.97]", " 0.398 [0.31, 0.44]", "–"]
        );
    }

    #[test]
    fn lines_are_wrapped_and_cut() {
        assert_eq!(wrapped("one two three", 9, "  ", "   "), ["  one two", "   three"]);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
