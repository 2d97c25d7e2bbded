//! Several runs side by side: two explorations, or one with its history.
//!
//! Runs were not paired: what a machine did to one of them it did not do to the other. So speeds are
//! set side by side as ratios to each run's own baseline, never against each other.

use std::fmt::Write;

use bakeoff_protocol::results::Pair;

use crate::markdown::{escaped, table};
use crate::model::{Report, Row, ScenarioFigures};
use crate::number::{fixed, percent, rate, ratio_with_interval};
use crate::sure::Standing;
use crate::tables::NOTHING;

/// A run and what it is called here.
pub struct Run<'a> {
    /// A name, or when it was.
    pub title: String,
    /// What it found.
    pub report: &'a Report,
}

/// Every scenario that any of the runs has, in Markdown.
#[must_use]
pub fn beside(runs: &[Run<'_>]) -> String {
    let titles: Vec<String> = runs.iter().map(|run| escaped(&run.title)).collect();
    let mut text = format!("# {}\n\n", titles.join(" beside "));
    for line in provenance(runs) {
        let _ = writeln!(text, "- {line}");
    }
    let mut names: Vec<&str> = Vec::new();
    for of in runs.iter().flat_map(|run| &run.report.scenarios) {
        if !names.contains(&of.scenario.name.as_str()) {
            names.push(&of.scenario.name);
        }
    }
    for name in names {
        text.push_str(&scenario(runs, name));
    }
    text
}

/// What keeps the runs from being compared, and what each is.
fn provenance(runs: &[Run<'_>]) -> Vec<String> {
    let mut lines: Vec<String> = runs
        .iter()
        .map(|run| {
            let exploration = &run.report.exploration;
            let when = run.report.health.span.map_or_else(
                || String::from("not measured yet"),
                |(_, last)| last.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            );
            format!(
                "{}: {when}, baseline {}, {}, bakeoff {}",
                escaped(&run.title),
                escaped(&exploration.baseline),
                escaped(&exploration.machine.cpu),
                escaped(&exploration.tool_version)
            )
        })
        .collect();
    let differ = |of: fn(&Report) -> &str| {
        runs.windows(2).any(|pair| of(pair[0].report) != of(pair[1].report))
    };
    if differ(|report| &report.exploration.machine.digest) {
        lines.push(String::from("**not the same machine**: compare ratios, not rates"));
    }
    if differ(|report| &report.exploration.baseline) {
        lines.push(String::from("**not the same baseline**: the ratios are of different things"));
    }
    lines
}

fn scenario(runs: &[Run<'_>], name: &str) -> String {
    let figures: Vec<Option<&ScenarioFigures>> = runs
        .iter()
        .map(|run| run.report.scenarios.iter().find(|of| of.scenario.name == name))
        .collect();
    let mut text = format!("\n## {}\n\n", escaped(name));
    let mut workloads = figures.iter().flatten().map(|of| of.scenario.workload.as_str());
    let first = workloads.next();
    if workloads.any(|workload| Some(workload) != first) {
        text.push_str("**Not the same requests**: hit ratios are of different things.\n\n");
    }
    for (run, of) in runs.iter().zip(&figures) {
        let answer = of.and_then(|of| Some((Standing::of(of), of.verdict.as_ref()?)));
        if let Some((standing, verdict)) = answer {
            let title = escaped(&run.title);
            let _ = writeln!(text, "- {title} ({}): {}", standing.word(), escaped(&verdict.answer));
        }
    }
    text.push('\n');
    text.push_str(&rows(runs, &figures));
    text
}

fn rows(runs: &[Run<'_>], figures: &[Option<&ScenarioFigures>]) -> String {
    let mut head = vec![String::from("variant")];
    for kind in ["hit ratio", "requests/s", "against the baseline"] {
        head.extend(runs.iter().map(|run| format!("{kind}, {}", run.title)));
    }
    head.push(String::from("what changed"));
    let mut names: Vec<&str> = Vec::new();
    for row in figures.iter().flatten().flat_map(|of| &of.rows) {
        if !names.contains(&row.variant.as_str()) {
            names.push(&row.variant);
        }
    }
    let lines: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let found: Vec<Option<&Row>> = figures
                .iter()
                .map(|of| of.and_then(|of| of.rows.iter().find(|row| row.variant == *name)))
                .collect();
            line(name, runs, &found)
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut numbers = vec![true; head.len()];
    (numbers[0], numbers[head.len() - 1]) = (false, false);
    table(&head, &numbers, &lines)
}

fn line(name: &str, runs: &[Run<'_>], found: &[Option<&Row>]) -> Vec<String> {
    let cell = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    let mut cells = vec![name.to_owned()];
    cells.extend(found.iter().map(|row| cell(row.and_then(|row| row.hit_ratio.map(percent)))));
    cells.extend(
        found
            .iter()
            .map(|row| cell(row.and_then(|row| Some(rate(row.requests_per_second?.median))))),
    );
    cells.extend(found.iter().zip(runs).map(|(row, run)| {
        if run.report.exploration.baseline == name {
            return String::from("baseline");
        }
        let pair = row.and_then(|row| row.against_baseline.as_ref());
        cell(pair.map(|pair| ratio_with_interval(pair.ratio, pair.low, pair.high)))
    }));
    cells.push(changed(found));
    cells
}

/// What differs from the first run that has the variant to the last.
fn changed(found: &[Option<&Row>]) -> String {
    let rows: Vec<&Row> = found.iter().flatten().copied().collect();
    let [first, .., last] = rows.as_slice() else { return String::new() };
    let mut said = Vec::new();
    if let (Some(before), Some(after)) = (first.hit_ratio, last.hit_ratio)
        && fixed(before * 100.0, 2) != fixed(after * 100.0, 2)
    {
        said.push(format!("hit ratio {}", crate::number::points(after - before)));
    }
    if let (Some(before), Some(after)) = (&first.against_baseline, &last.against_baseline)
        && apart(before, after)
    {
        let word = if after.ratio > before.ratio { "faster" } else { "slower" };
        said.push(format!("{word} against the baseline: the intervals lie apart"));
    }
    said.join("; ")
}

/// Whether two intervals share nothing.
fn apart(one: &Pair, other: &Pair) -> bool {
    one.high < other.low || other.high < one.low
}
