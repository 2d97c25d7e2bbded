//! `decision.md`: an architecture decision record to start from, with the evidence filled in.

use crate::doubt::doubt;
use crate::markdown::{block, escaped};
use crate::model::{Entrant, Report};
use crate::number::{count, counted, percent, rate};
use crate::{summary, tables};

/// The decision record in Markdown.
#[must_use]
pub fn decision(report: &Report) -> String {
    let exploration = &report.exploration;
    let mut text = format!("# Which cache to take: {}\n\n", escaped(&exploration.name));
    if let Some(doubt) = doubt(report) {
        text.push_str(&format!("**{}**\n\n", escaped(&doubt)));
    }
    text.push_str("## Status\n\nProposed. The evidence below was gathered by Bakeoff");
    if let Some((_, last)) = report.health.span {
        text.push_str(&format!(" on {}", last.strftime("%-d %B %Y")));
    }
    text.push_str(
        "; constraints that it cannot know are for its reader to add before accepting.\n\n",
    );
    text.push_str(&context(report));
    text.push_str(&chosen(report));
    text.push_str("## Options\n\n");
    for entrant in &report.entrants {
        text.push_str(&option(report, entrant));
    }
    text.push_str(&consequences(report));
    text.push_str("## Evidence\n\n");
    for of in &report.scenarios {
        text.push_str(&format!("### {}\n\n", escaped(&of.scenario.name)));
        text.push_str(&summary::measured(report, of));
        text.push('\n');
    }
    text.push_str("### What each one is\n\n");
    text.push_str(&summary::properties(report));
    text.push_str("\nThe page with every chart is [report.html](report.html); raw figures are in ");
    text.push_str("[results.csv](results.csv) and `samples.jsonl`. To run it again:\n\n");
    text.push_str(&block(&exploration.command));
    text
}

fn context(report: &Report) -> String {
    let mut text = String::from("## Context\n\nA cache is to be chosen for:\n\n");
    for of in &report.scenarios {
        let scenario = &of.scenario;
        text.push_str(&format!(
            "- **{}**: {} ({} requests, {} distinct keys; timed at {})\n",
            escaped(&scenario.name),
            escaped(&scenario.summary),
            count(scenario.requests),
            count(scenario.unique_keys),
            of.at_timed_capacity(),
        ));
    }
    text.push_str(&format!(
        "\n{} took part: {}.\n\n",
        counted(report.entrants.len() as u64, "variant"),
        report.entrants.iter().map(|entrant| escaped(&entrant.name)).collect::<Vec<_>>().join(", ")
    ));
    text
}

fn chosen(report: &Report) -> String {
    let mut text = String::from("## Decision\n\n");
    for of in &report.scenarios {
        let Some(verdict) = &of.verdict else {
            text.push_str(&format!(
                "- {}: nothing was measured yet, so nothing is decided.\n",
                escaped(&of.scenario.name)
            ));
            continue;
        };
        let badge = if verdict.proven { "proven" } else { "unproven" };
        text.push_str(&format!(
            "- {} ({badge}): {}\n",
            escaped(&of.scenario.name),
            escaped(&verdict.answer)
        ));
        for reason in &verdict.unproven_because {
            text.push_str(&format!("  - unproven: {}\n", escaped(reason)));
        }
    }
    text.push('\n');
    text
}

fn option(report: &Report, entrant: &Entrant) -> String {
    let mut text =
        format!("### {}: {}\n\n", escaped(&entrant.name), escaped(&entrant.manifest.title));
    text.push_str(&format!("{}\n\n", escaped(&entrant.description)));
    if let Some(reason) = entrant.absence() {
        text.push_str(&format!("Not to be chosen on this evidence: {}\n\n", escaped(&reason)));
    }
    for pro in &entrant.manifest.pros {
        text.push_str(&format!("- for: {}\n", escaped(pro)));
    }
    for con in &entrant.manifest.cons {
        text.push_str(&format!("- against: {}\n", escaped(con)));
    }
    for of in &report.scenarios {
        let Some(row) = of.rows.get(entrant.place) else { continue };
        let mut figures = Vec::new();
        figures.extend(row.hit_ratio.map(|ratio| format!("hit ratio {}", percent(ratio))));
        figures.extend(
            row.requests_per_second.map(|estimate| format!("{} requests/s", rate(estimate.median))),
        );
        if !figures.is_empty() {
            text.push_str(&format!(
                "- measured, {}: {}\n",
                escaped(&of.scenario.name),
                figures.join(", ")
            ));
        }
    }
    text.push('\n');
    text
}

/// What choosing each scenario's winner brings with it, as far as it was tried.
fn consequences(report: &Report) -> String {
    let mut text = String::from("## Consequences\n\n");
    let mut winners: Vec<&str> =
        report.scenarios.iter().filter_map(|of| of.verdict.as_ref()?.winner.as_deref()).collect();
    winners.sort_unstable();
    winners.dedup();
    if winners.is_empty() {
        text.push_str("No variant is named, so none follow yet.\n\n");
        return text;
    }
    let properties = tables::properties(report);
    for winner in winners {
        let (Some(entrant), Some(row)) =
            (report.entrant(winner), properties.iter().find(|row| row.variant == winner))
        else {
            continue;
        };
        let services = if entrant.manifest.services.is_empty() {
            String::from("no service to run")
        } else {
            format!("needs {}", escaped(&entrant.manifest.services.join(", ")))
        };
        text.push_str(&format!("Taking **{}** means:\n\n", escaped(winner)));
        let cost = entrant.manifest.operating_cost.as_deref();
        let cost = cost.filter(|cost| *cost != "none").map(escaped);
        for (label, value) in [
            ("memory", escaped(&row.memory_safety)),
            ("distribution", escaped(&row.distribution)),
            ("survives a restart", escaped(&row.survives_restart)),
            ("operation", cost.map_or(services.clone(), |cost| format!("{services}; {cost}"))),
        ] {
            text.push_str(&format!("- {label}: {value}\n"));
        }
        text.push('\n');
    }
    text
}
