//! Compares several runs in Markdown: two explorations, or one exploration with its history.
//!
//! The runs were not paired, so throughputs are shown as ratios to each run's own baseline.

use std::fmt::Write;

use bakeoff_protocol::results::comparison::{RunDifference, ThroughputChange, VariantChange};
use bakeoff_protocol::results::{Results, ScenarioResults, VariantFigures};

use crate::sentences::conclusion::conclusion;
use crate::sentences::confidence::RunQuality;
use crate::text::markdown::{escaped, table};
use crate::text::number::{percent, points, rate};
use crate::text::phrases::{MISSING, pair_ratio};

/// A run with its title.
pub struct Run<'a> {
    /// Name of the exploration, or time of the run.
    pub title: String,
    /// Results of this run.
    pub results: &'a Results,
}

/// Function from scenario and variant to the change over the runs.
type Changes<'a> = &'a dyn Fn(&str, &str) -> VariantChange;

/// Returns the comparison of every scenario in Markdown.
///
/// `changes` maps scenario and variant to the change over the runs.
#[must_use]
pub fn compare_runs(runs: &[Run<'_>], changes: Changes<'_>) -> String {
    let titles: Vec<String> = runs.iter().map(|run| escaped(&run.title)).collect();
    let mut text = format!("# {}\n\n", titles.join(" vs "));
    for line in provenance(runs) {
        let _ = writeln!(text, "- {line}");
    }
    let mut names: Vec<&str> = Vec::new();
    for of in runs.iter().flat_map(|run| &run.results.scenarios) {
        if !names.contains(&of.scenario.name.as_str()) {
            names.push(&of.scenario.name);
        }
    }
    for name in names {
        text.push_str(&scenario(runs, name, changes));
    }
    text
}

/// Formats time, baseline, machine and version of each run, and differences between the machines or
/// baselines.
fn provenance(runs: &[Run<'_>]) -> Vec<String> {
    let mut lines: Vec<String> = runs
        .iter()
        .map(|run| {
            let exploration = &run.results.exploration;
            let when = run.results.trials.span.map_or_else(
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
    let differ = |of: fn(&Results) -> &str| {
        runs.windows(2).any(|pair| of(pair[0].results) != of(pair[1].results))
    };
    if differ(|results| &results.exploration.machine.digest) {
        lines.push(String::from("**different machines**: compare ratios, not rates"));
    }
    if differ(|results| &results.exploration.baseline) {
        lines.push(String::from("**different baselines**: the ratios are not comparable"));
    }
    lines
}

fn scenario(runs: &[Run<'_>], name: &str, changes: Changes<'_>) -> String {
    let figures: Vec<Option<&ScenarioResults>> =
        runs.iter().map(|run| run.results.scenario(name)).collect();
    let mut text = format!("\n## {}\n\n", escaped(name));
    let mut workloads = figures.iter().flatten().map(|of| of.scenario.workload.as_str());
    let first = workloads.next();
    if workloads.any(|workload| Some(workload) != first) {
        text.push_str("**Different requests**: the hit ratios are not comparable.\n\n");
    }
    for (run, of) in runs.iter().zip(&figures) {
        if let Some(of) = of {
            let quality = RunQuality::from_results(of).badge();
            let (title, conclusion) = (escaped(&run.title), escaped(&conclusion(of)));
            let _ = writeln!(text, "- {title} ({quality}): {conclusion}");
        }
    }
    text.push('\n');
    text.push_str(&rows(runs, name, &figures, changes));
    text
}

fn rows(
    runs: &[Run<'_>],
    scenario: &str,
    figures: &[Option<&ScenarioResults>],
    changes: Changes<'_>,
) -> String {
    let mut head = vec![String::from("variant")];
    for kind in ["hit ratio", "requests/s", "vs baseline"] {
        head.extend(runs.iter().map(|run| format!("{kind}, {}", run.title)));
    }
    head.push(String::from("change"));
    let mut names: Vec<&str> = Vec::new();
    for row in figures.iter().flatten().flat_map(|of| &of.figures) {
        if !names.contains(&row.variant.as_str()) {
            names.push(&row.variant);
        }
    }
    let lines: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let mut cells = line(name, runs, figures);
            cells.push(change(&changes(scenario, name)));
            cells
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut numbers = vec![true; head.len()];
    (numbers[0], numbers[head.len() - 1]) = (false, false);
    table(&head, &numbers, &lines)
}

fn line(name: &str, runs: &[Run<'_>], figures: &[Option<&ScenarioResults>]) -> Vec<String> {
    let found: Vec<Option<(&ScenarioResults, &VariantFigures)>> = figures
        .iter()
        .map(|of| {
            let of = (*of)?;
            Some((of, of.row(name)?))
        })
        .collect();
    let cell = |text: Option<String>| text.unwrap_or_else(|| MISSING.to_owned());
    let rows = || found.iter().map(|found| found.map(|(_, row)| row));
    let mut cells = vec![name.to_owned()];
    cells.extend(rows().map(|row| cell(row.and_then(|row| row.hit_ratio.map(percent)))));
    cells.extend(
        rows().map(|row| cell(row.and_then(|row| Some(rate(row.requests_per_second?.median))))),
    );
    cells.extend(found.iter().zip(runs).map(|(found, run)| {
        let baseline = &run.results.exploration.baseline;
        if baseline == name {
            return String::from("baseline");
        }
        let pair = found.and_then(|(of, _)| of.pair(name, baseline));
        cell(pair.as_ref().map(pair_ratio))
    }));
    cells
}

fn change(change: &VariantChange) -> String {
    let (hit_ratio, throughput) = match change {
        VariantChange::OnlyOneRun => return String::new(),
        VariantChange::NotComparable(RunDifference::Workload) => {
            return String::from("not compared: different requests");
        }
        VariantChange::NotComparable(RunDifference::CapacityOrLoad) => {
            return String::from("not compared: timed at different capacities or loads");
        }
        VariantChange::Changed { hit_ratio, throughput } => (hit_ratio, throughput),
    };
    let throughput = match throughput {
        ThroughputChange::Unknown => None,
        ThroughputChange::Faster => {
            Some("faster relative to the baseline: the intervals do not overlap")
        }
        ThroughputChange::Slower => {
            Some("slower relative to the baseline: the intervals do not overlap")
        }
        ThroughputChange::OtherBaseline => Some("throughput not compared: different baselines"),
        ThroughputChange::Unconfirmed => Some("throughput not compared: a run is unconfirmed"),
        ThroughputChange::TooFewRounds => Some("throughput not compared: too few rounds"),
    };
    let hit_ratio = hit_ratio.map(|difference| format!("hit ratio {}", points(difference)));
    hit_ratio.into_iter().chain(throughput.map(String::from)).collect::<Vec<_>>().join("; ")
}
