//! `summary.md`: what a pull request needs to say.

use crate::behaviour;
use crate::doubt::doubt;
use crate::health::signs;
use crate::markdown::{block, escaped, table};
use crate::overall::overall;
use crate::sure::{Standing, changes, sure};
use crate::tables;
use bakeoff_analysis::figures::{Report, ScenarioFigures};

/// The summary in Markdown.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut text = format!("# {}\n\n", escaped(&report.exploration.name));
    if let Some(doubt) = doubt(report) {
        text.push_str(&format!("**{}**\n\n", escaped(&doubt)));
    }
    if let Some(sentence) = overall(report) {
        text.push_str(&format!("**{}**\n\n", escaped(&sentence)));
    }
    for of in &report.scenarios {
        text.push_str(&scenario(report, of));
    }
    text.push_str(&absences(report));
    text.push_str("## What each one is\n\n");
    text.push_str(&properties(report));
    text.push_str("\n## Can this run be believed?\n\n");
    for sign in signs(report) {
        let warning = if sign.state == Some(false) { "**look here** · " } else { "" };
        text.push_str(&format!(
            "- {warning}{}: {} ({})\n",
            escaped(&sign.label),
            escaped(&sign.value),
            escaped(&sign.note)
        ));
    }
    text.push_str("\n## Run it again\n\n");
    text.push_str(&block(&report.exploration.command));
    text
}

fn scenario(report: &Report, of: &ScenarioFigures) -> String {
    let verdict = of.verdict.as_ref();
    let badge = Standing::of(of).word();
    let mut text = format!("## {} ({badge})\n\n", escaped(&of.scenario.name));
    let answer = verdict.map_or("Nothing was measured yet.", |verdict| verdict.answer.as_str());
    text.push_str(&format!("**{}**\n\n", escaped(answer)));
    if let Some(verdict) = verdict {
        text.push_str(&format!("- {}\n", escaped(&sure(of))));
        for said in changes(report, of).iter().chain(&verdict.remarks) {
            text.push_str(&format!("- {}\n", escaped(said)));
        }
        text.push('\n');
    }
    text.push_str(&measured(report, of));
    text.push('\n');
    text.push_str(&seen(of));
    text
}

/// What users and the origin saw in each scenario that was replayed at a pace of its own, and where
/// it was measured.
pub(crate) fn behaviour(report: &Report) -> String {
    let asked = &report.exploration;
    let mut text = format!(
        "Profile {}, {}, on {}; {}.\n",
        escaped(&asked.profile),
        asked.created.strftime("%Y-%m-%d"),
        escaped(&asked.machine.cpu),
        escaped(&asked.services.values().cloned().collect::<Vec<_>>().join(", ")),
    );
    for of in &report.scenarios {
        let seen = seen(of);
        if !seen.is_empty() {
            text.push_str(&format!(
                "\n**{}**: {}\n\n{seen}",
                of.scenario.name,
                escaped(&of.scenario.summary)
            ));
        }
    }
    text
}

/// What users and the origin saw, where a scenario was replayed at a pace of its own.
fn seen(of: &ScenarioFigures) -> String {
    let Some(seen) = behaviour::of_scenario(of) else { return String::new() };
    let head: Vec<&str> = std::iter::once("variant").chain(behaviour::HEAD).collect();
    let rows = seen.rows.into_iter().map(|row| {
        let variant = std::iter::once(row.variant.to_owned());
        variant.chain(row.cells).collect()
    });
    let numbers: Vec<bool> = (0..head.len()).map(|column| column > 0).collect();
    let rows: Vec<Vec<String>> = rows.collect();
    format!("{}\n\n{}\n", seen.caption, table(&head, &numbers, &rows))
}

/// The table of one scenario, behind what its figures are.
pub(crate) fn measured(report: &Report, of: &ScenarioFigures) -> String {
    let rate_head = tables::rate_head(of);
    let against = format!("against {}", report.exploration.baseline);
    let head = [
        "variant",
        "hit ratio",
        "of clairvoyant",
        &rate_head,
        &against,
        "verdict",
        "p99",
        tables::memory_head(of),
        "note",
    ];
    let rows: Vec<Vec<String>> = tables::measured(report, of)
        .into_iter()
        .map(|row| {
            let rate = format!("{} {}", row.requests_per_second, row.interval);
            let rate = rate.trim_end().to_owned();
            let (p99, memory, note) = (row.p99, row.memory, row.note);
            vec![
                row.variant,
                row.hit_ratio,
                row.of_clairvoyant,
                rate,
                row.against,
                row.verdict,
                p99,
                memory,
                note,
            ]
        })
        .collect();
    let numbers = [false, true, true, true, true, false, true, true, false];
    let caption = escaped(&tables::caption(of));
    format!("{caption}\n\n{}", with_columns_that_say_something(&head, &numbers, rows))
}

/// A table without the columns in which nothing stands.
fn with_columns_that_say_something(
    head: &[&str],
    numbers: &[bool],
    rows: Vec<Vec<String>>,
) -> String {
    let kept: Vec<usize> = (0..head.len())
        .filter(|&column| {
            column == 0
                || rows.iter().any(|row| !row[column].is_empty() && row[column] != tables::NOTHING)
        })
        .collect();
    let head: Vec<&str> = kept.iter().map(|&column| head[column]).collect();
    let numbers: Vec<bool> = kept.iter().map(|&column| numbers[column]).collect();
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| kept.iter().map(|&column| row[column].clone()).collect())
        .collect();
    table(&head, &numbers, &rows)
}

/// The table of what each variant is.
pub(crate) fn properties(report: &Report) -> String {
    let head = [
        "variant",
        "memory safety",
        "distribution",
        "survives a restart",
        "lines of code",
        "dependencies",
        "build time",
    ];
    let rows = tables::properties(report)
        .into_iter()
        .map(|row| {
            vec![
                row.variant,
                row.memory_safety,
                row.distribution,
                row.survives_restart,
                row.lines_of_code,
                row.dependencies,
                row.build_time,
            ]
        })
        .collect();
    let numbers = [false, false, false, false, true, false, true];
    with_columns_that_say_something(&head, &numbers, rows)
}

/// Variants without figures that count, each with its reason.
pub(crate) fn absences(report: &Report) -> String {
    let absences = report.absences();
    if absences.is_empty() {
        return String::new();
    }
    let mut text = String::from("## Variants that are missing or may not win\n\n");
    for (entrant, reason) in absences {
        text.push_str(&format!("- **{}**: {}", escaped(&entrant.name), escaped(&reason)));
        if let Some(error) = &entrant.error {
            text.push_str(&format!(" What to do: {}", escaped(&error.hint)));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}
