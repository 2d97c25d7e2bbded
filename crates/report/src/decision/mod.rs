//! Writes `decision.md`, an architecture decision record of one page, and its appendix.

mod appendix;

use std::fmt::Write;

use bakeoff_protocol::results::{Results, VariantResults};

use crate::sentences::across_scenarios::across_scenarios;
use crate::sentences::conclusion::{conclusion, reversals};
use crate::sentences::confidence::RunQuality;
use crate::sentences::{decision as phrases, unconfirmed};
use crate::text::markdown::{escaped, table};
use crate::text::number::{count, counted, fixed};
use crate::text::phrases::{grouped, timed_capacity};
use crate::{DECISION_APPENDIX, tables};
pub use appendix::appendix;

/// Returns the decision record in Markdown.
pub fn decision(results: &Results) -> String {
    let parts = [
        title(results),
        status(results),
        context(results),
        options(results),
        chosen(results),
        consequences(results),
        evolution(results),
        sources(),
    ];
    parts.join("\n")
}

fn title(results: &Results) -> String {
    let mut text = format!("# Choice of a cache: {}\n", escaped(&results.name));
    if let Some(notice) = unconfirmed::notice(results) {
        let _ = writeln!(text, "\n**{}**", escaped(&notice));
    }
    text
}

fn status(results: &Results) -> String {
    let day = results
        .trials
        .span
        .map_or_else(String::new, |(_, last)| format!(" on {}", last.strftime("%-d %B %Y")));
    format!("## Status\n\nProposed. Bakeoff measured the evidence{day}.\n")
}

fn context(results: &Results) -> String {
    let decision = &results.decision;
    let mut text = String::from("## Context\n\nA cache is needed for:\n\n");
    for of in decision.scenarios.iter().filter_map(|name| results.scenario(name)) {
        let scenario = &of.scenario;
        let _ = writeln!(
            text,
            "- **{}**: {} ({} requests, {} distinct keys; timed at {})",
            escaped(&scenario.name),
            escaped(&scenario.summary),
            count(scenario.requests),
            count(scenario.unique_keys),
            timed_capacity(of),
        );
    }
    let names = results.variants.iter().map(|variant| escaped(&variant.name));
    let _ = writeln!(
        text,
        "\n{} took part: {}.",
        counted(results.variants.len() as u64, "variant"),
        names.collect::<Vec<_>>().join(", ")
    );
    text.push_str("\nRequirements:\n\n");
    let requirements = phrases::requirements(&decision.config.constraints);
    for requirement in &requirements {
        let _ = writeln!(text, "- {}", escaped(requirement));
    }
    if requirements.is_empty() {
        text.push_str("- none: every constraint was removed\n");
    }
    if !decision.configured {
        text.push_str(
            "\nTo add constraints and weights, write a `decision.toml`; `bakeoff report NAME --decide \
             decision.toml` then updates this record.\n",
        );
    }
    text
}

fn chosen(results: &Results) -> String {
    let decision = &results.decision;
    let mut text = String::from("## Decision\n\n");
    match decision.scores.as_slice() {
        _ if !decision.configured => text.push_str(&recommendations(results)),
        [] => text.push_str("**No variant satisfies every constraint.**\n"),
        [first, others @ ..] => {
            let name = escaped(&first.variant);
            let subject = if decision.confirmed {
                let _ = write!(text, "**Use {name}.** ");
                String::from("It")
            } else {
                text.push_str("**No variant is chosen yet, because the run is unconfirmed.** ");
                format!("By its estimates, {name}")
            };
            match others.first() {
                Some(second) => {
                    let _ = writeln!(
                        text,
                        "{subject} satisfies every constraint and has the highest weighted score, \
                         ahead of {}. {}",
                        escaped(&second.variant),
                        escaped(&phrases::sensitivity(decision))
                    );
                }
                None => {
                    let _ = writeln!(
                        text,
                        "{subject} is the only variant that satisfies every constraint."
                    );
                }
            }
        }
    }
    if !decision.excluded.is_empty() {
        text.push_str("\nExcluded by the constraints:\n\n");
        for excluded in &decision.excluded {
            let why = violations(results, &excluded.variant).unwrap_or_default();
            let _ = writeln!(text, "- {}: {}", escaped(&excluded.variant), escaped(&why));
        }
    }
    if decision.configured {
        let _ = write!(
            text,
            "\nRecommendations from the measurements alone:\n\n{}",
            recommendations(results)
        );
    } else if let Some(first) = decision.scores.first() {
        let _ = writeln!(
            text,
            "\nWith equal weights for the five criteria below, {} has the highest score{}. {}",
            escaped(&first.variant),
            if decision.confirmed { "" } else { " (estimated from an unconfirmed run)" },
            escaped(&phrases::sensitivity(decision))
        );
    }
    text
}

/// Formats the violated constraints of a variant; `None` if it satisfies all.
fn violations(results: &Results, name: &str) -> Option<String> {
    let excluded = results.decision.excluded.iter().find(|one| one.variant == name)?;
    let variant = results.variant(name)?;
    let texts: Vec<String> =
        excluded.violations.iter().map(|one| phrases::violation(results, variant, one)).collect();
    Some(texts.join("; "))
}

fn recommendations(results: &Results) -> String {
    let mut text = String::new();
    if let Some(sentence) = across_scenarios(results) {
        let _ = writeln!(text, "**{}**\n", escaped(&sentence));
    }
    for of in &results.scenarios {
        let _ = writeln!(
            text,
            "- {} ({}): {}",
            escaped(&of.scenario.name),
            RunQuality::from_results(of).badge(),
            escaped(&conclusion(of))
        );
    }
    text
}

/// Returns a table of the options with their main figures.
fn options(results: &Results) -> String {
    let scenarios: Vec<String> =
        results.scenarios.iter().map(|of| of.scenario.name.clone()).collect();
    let head: Vec<&str> = ["variant", "summary"]
        .into_iter()
        .chain(scenarios.iter().map(String::as_str))
        .chain(["score / 50"])
        .collect();
    let score = |name: &str| {
        let found = results.decision.scores.iter().find(|scored| scored.variant == name);
        found.map_or_else(|| String::from("excluded"), |scored| fixed(scored.total, 1))
    };
    let rows: Vec<Vec<String>> = results
        .variants
        .iter()
        .map(|variant| {
            let figures = results.scenarios.iter().map(|of| appendix::figures(of, variant.index));
            let first = [variant.name.clone(), variant.manifest.summary.clone()];
            first.into_iter().chain(figures).chain([score(&variant.name)]).collect()
        })
        .collect();
    let numbers: Vec<bool> = (0..head.len()).map(|column| column >= 2).collect();
    format!("## Options\n\n{}", table(&head, &numbers, &rows))
}

/// Returns a section on the sources of the figures.
fn sources() -> String {
    format!(
        "## Sources\n\nHit ratios are counted, throughputs are medians over paired rounds; both are in \
         `results.json` and on the [page](report.html), with the [run \
         checks](report.html#run-checks). The [appendix]({DECISION_APPENDIX}) has rules and figures of \
         the scores, latencies by tier, the checklist, pros and cons, and all tables.\n"
    )
}

/// Returns a section on the properties of each chosen variant.
fn consequences(results: &Results) -> String {
    let chosen = &results.decision.chosen;
    let mut text = String::from("## Consequences\n");
    if chosen.is_empty() {
        text.push_str("\nNone yet, because no variant is chosen.\n");
    }
    let properties = tables::properties_rows(results);
    for name in chosen {
        let row = properties.iter().find(|row| row.variant == *name);
        if let (Some(variant), Some(row)) = (results.variant(name), row) {
            text.push_str(&consequence(variant, row));
        }
    }
    text
}

fn consequence(variant: &VariantResults, row: &tables::PropertiesRow) -> String {
    let services = if variant.manifest.needs_service() {
        format!("needs {}", variant.manifest.services.join(", "))
    } else {
        String::from("needs no service")
    };
    let cost = variant.manifest.operating_cost.as_deref().filter(|cost| *cost != "none");
    let operation = cost.map_or(services.clone(), |cost| format!("{services}; {cost}"));
    let mut text = format!("\n**{}**:\n\n", escaped(&variant.name));
    for (label, value) in [
        ("memory", &row.memory_safety),
        ("distribution", &row.distribution),
        ("survives a restart", &row.survives_restart),
        ("operation", &operation),
    ] {
        let _ = writeln!(text, "- {label}: {}", escaped(value));
    }
    text
}

/// Returns a section on the requirements that would change the decision.
fn evolution(results: &Results) -> String {
    let mut text =
        String::from("## Evolution\n\nReconsider the decision if the requirements change:\n\n");
    let mut changes = grouped(results.scenarios.iter().flat_map(|of| {
        reversals(of).into_iter().map(|change| (change, of.scenario.name.as_str()))
    }));
    // A change that applies to all of several scenarios is listed without their names.
    let everywhere = |names: &[&str]| names.len() > 1 && names.len() == results.scenarios.len();
    changes.sort_by_key(|(_, names)| everywhere(names));
    for (change, names) in changes {
        let of = if everywhere(&names) { String::new() } else { format!("{}: ", names.join(", ")) };
        let _ = writeln!(text, "- {}{}", escaped(&of), escaped(&change));
    }
    text.push_str(
        "- If your requests differ from these, measure with your own access log (`TRACE=…`).\n",
    );
    text
}
