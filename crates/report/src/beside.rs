//! Several runs side by side: two explorations, or one with its history.
//!
//! Runs were not paired: what a machine did to one of them it did not do to the other. So speeds are
//! set side by side as ratios to each run's own baseline, never against each other.

use std::fmt::Write;

use bakeoff_protocol::results::Pair;

use crate::markdown::{escaped, table};
use crate::sure::Standing;
use crate::tables::NOTHING;
use bakeoff_analysis::figures::{Report, Row, ScenarioFigures};
use bakeoff_analysis::number::{fixed, percent, rate, ratio_with_interval};

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
            let found: Vec<Option<Seen>> = figures
                .iter()
                .zip(runs)
                .map(|(of, run)| {
                    let of = (*of)?;
                    let row = of.rows.iter().find(|row| row.variant == *name)?;
                    Some(Seen { baseline: &run.report.exploration.baseline, of, row })
                })
                .collect();
            line(name, runs, &found)
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut numbers = vec![true; head.len()];
    (numbers[0], numbers[head.len() - 1]) = (false, false);
    table(&head, &numbers, &lines)
}

/// A variant as one of the runs saw it.
struct Seen<'a> {
    /// What the run compared it with.
    baseline: &'a str,
    of: &'a ScenarioFigures,
    row: &'a Row,
}

fn line(name: &str, runs: &[Run<'_>], found: &[Option<Seen>]) -> Vec<String> {
    let rows = || found.iter().map(|seen| seen.as_ref().map(|seen| seen.row));
    let cell = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    let mut cells = vec![name.to_owned()];
    cells.extend(rows().map(|row| cell(row.and_then(|row| row.hit_ratio.map(percent)))));
    cells.extend(
        rows().map(|row| cell(row.and_then(|row| Some(rate(row.requests_per_second?.median))))),
    );
    cells.extend(rows().zip(runs).map(|(row, run)| {
        if run.report.exploration.baseline == name {
            return String::from("baseline");
        }
        let pair = row.and_then(|row| row.against_baseline.as_ref());
        cell(pair.map(|pair| ratio_with_interval(pair.ratio, pair.low, pair.high)))
    }));
    cells.push(changed(found));
    cells
}

/// What differs from the first run that has the variant to the last, or why that cannot be said.
fn changed(found: &[Option<Seen>]) -> String {
    let seen: Vec<&Seen> = found.iter().flatten().collect();
    let [first, .., last] = seen.as_slice() else { return String::new() };
    let (before, after) = (&first.of.scenario, &last.of.scenario);
    if before.workload != after.workload {
        return String::from("not compared: not the same requests");
    }
    if (before.timed_capacity, before.load) != (after.timed_capacity, after.load) {
        return String::from("not compared: not timed at the same capacity and load");
    }
    let mut said = Vec::new();
    if let (Some(before), Some(after)) = (first.row.hit_ratio, last.row.hit_ratio)
        && fixed(before * 100.0, 2) != fixed(after * 100.0, 2)
    {
        said.push(format!("hit ratio {}", bakeoff_analysis::number::points(after - before)));
    }
    let timed = |seen: &Seen| seen.row.requests_per_second.is_some();
    if timed(first) && timed(last) {
        said.extend(sped(first, last));
    }
    said.join("; ")
}

/// How its speed against the baseline changed, or why that cannot be said; `None` where it did not,
/// as far as is known.
fn sped(first: &Seen, last: &Seen) -> Option<String> {
    let both = [first, last];
    let doubt = |why: &str| Some(format!("speeds not compared: {why}"));
    if first.baseline != last.baseline {
        return doubt("not the same baseline");
    }
    if both.iter().any(|seen| !seen.of.proven()) {
        return doubt("a run is unproven");
    }
    let (before, after) =
        (first.row.against_baseline.as_ref()?, last.row.against_baseline.as_ref()?);
    if [before, after].iter().any(|pair| !pair.is_told()) {
        return doubt("too few rounds");
    }
    if [before, after].iter().any(|pair| pair.not_comparable.is_some()) {
        return doubt("not comparable with the baseline's");
    }
    let word = if after.ratio > before.ratio { "faster" } else { "slower" };
    apart(before, after).then(|| format!("{word} against the baseline: the intervals lie apart"))
}

/// Whether two intervals share nothing.
fn apart(one: &Pair, other: &Pair) -> bool {
    one.high < other.low || other.high < one.low
}
