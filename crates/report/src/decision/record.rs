//! `decision.md`: an architecture decision record with the evidence filled in.

use std::fmt::Write;

use crate::charts::Kind;
use crate::doubt::doubt;
use crate::markdown::{block, escaped, table};
use crate::overall::overall;
use crate::sure::{Standing, changes};
use crate::{summary, tables};
use bakeoff_analysis::figures::{Entrant, Report};
use bakeoff_analysis::number::{count, counted, duration, fixed, percent, rate};
use bakeoff_analysis::words;

use super::score::CRITERIA;
use super::ticked::{checklist, staleness};
use super::tiers::{mean, tiers};
use super::wish::{Wish, demands};
use super::{Outcome, decide, scenarios};

/// The decision record in Markdown.
#[must_use]
pub fn decision(report: &Report, given: Option<&Wish>) -> String {
    let fallback = Wish::default();
    let wish = given.unwrap_or(&fallback);
    let outcome = decide(report, wish);
    let believed = scenarios(report, wish).iter().all(|of| of.proven());
    let taken = taken(report, given.is_some(), believed, &outcome);
    let parts = [
        title(report),
        status(report),
        context(report, wish, given.is_some()),
        chosen(report, given.is_some(), believed, &outcome),
        score(wish, &outcome),
        latency(report, wish),
        checklist(report),
        options(report, &outcome),
        consequences(report, &taken),
        evolution(report),
        evidence(report),
    ];
    parts.join("\n")
}

fn title(report: &Report) -> String {
    let mut text = format!("# Which cache to take: {}\n", escaped(&report.exploration.name));
    if let Some(doubt) = doubt(report) {
        let _ = writeln!(text, "\n**{}**", escaped(&doubt));
    }
    text
}

fn status(report: &Report) -> String {
    let day = report
        .health
        .span
        .map_or_else(String::new, |(_, last)| format!(" on {}", last.strftime("%-d %B %Y")));
    format!("## Status\n\nProposed. The evidence was gathered by Bakeoff{day}.\n")
}

/// Who is taken: the first by score where its reader said what counts and the run can be believed,
/// else whom the measurements name.
fn taken<'a>(
    report: &'a Report,
    weighed: bool,
    believed: bool,
    outcome: &'a Outcome,
) -> Vec<&'a str> {
    if weighed {
        let first = outcome.scored.first().filter(|_| believed);
        return first.map(|scored| scored.variant.as_str()).into_iter().collect();
    }
    let verdicts = report.scenarios.iter().filter_map(|of| of.verdict.as_ref());
    let mut named: Vec<&str> = verdicts.filter_map(|verdict| verdict.winner.as_deref()).collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn context(report: &Report, wish: &Wish, given: bool) -> String {
    let mut text = String::from("## Context\n\nA cache is to be chosen for:\n\n");
    for of in scenarios(report, wish) {
        let scenario = &of.scenario;
        let _ = writeln!(
            text,
            "- **{}**: {} ({} requests, {} distinct keys; timed at {})",
            escaped(&scenario.name),
            escaped(&scenario.summary),
            count(scenario.requests),
            count(scenario.unique_keys),
            of.at_timed_capacity(),
        );
    }
    let names = report.entrants.iter().map(|entrant| escaped(&entrant.name));
    let _ = writeln!(
        text,
        "\n{} took part: {}.",
        counted(report.entrants.len() as u64, "variant"),
        names.collect::<Vec<_>>().join(", ")
    );
    text.push_str("\nWhat must hold:\n\n");
    let demands = demands(&wish.constraints);
    for words in demands.values() {
        let _ = writeln!(text, "- {}", escaped(words));
    }
    if demands.is_empty() {
        text.push_str("- nothing: every constraint was lifted\n");
    }
    if !given {
        text.push_str(
            "\nFurther constraints, and what counts how much, stand in a `decision.toml`; `bakeoff \
             report NAME --decide decision.toml` writes this record again.\n",
        );
    }
    text
}

fn chosen(report: &Report, weighed: bool, believed: bool, outcome: &Outcome) -> String {
    let mut text = String::from("## Decision\n\n");
    match outcome.scored.as_slice() {
        _ if !weighed => text.push_str(&measured(report)),
        [] => text.push_str("**No variant satisfies every constraint.** Nothing can be taken.\n"),
        [first, others @ ..] => {
            let name = escaped(&first.variant);
            let it = if believed {
                let _ = write!(text, "**Take {name}.** ");
                String::from("It")
            } else {
                text.push_str("**No variant is taken yet: the run cannot be believed.** ");
                format!("By its estimates {name}")
            };
            match others.first() {
                Some(second) => {
                    let _ = writeln!(
                        text,
                        "{it} satisfies every constraint and has the highest weighted score, \
                         before {}. {}",
                        escaped(&second.variant),
                        escaped(&outcome.sensitivity)
                    );
                }
                None => {
                    let _ = writeln!(text, "{it} alone satisfies every constraint.");
                }
            }
        }
    }
    if !outcome.excluded.is_empty() {
        text.push_str("\nLeft out by the constraints:\n\n");
        for (variant, why) in &outcome.excluded {
            let _ = writeln!(text, "- {}: {}", escaped(variant), escaped(&why.join("; ")));
        }
    }
    if weighed {
        let _ = write!(text, "\nWhat the measurements alone say:\n\n{}", measured(report));
    } else if let Some(first) = outcome.scored.first() {
        let _ = writeln!(
            text,
            "\nSpeed is not everything: with the five criteria below weighing alike, {} has the \
             highest score{}. {}",
            escaped(&first.variant),
            if believed { "" } else { ", by the estimates of a run that cannot be believed" },
            escaped(&outcome.sensitivity)
        );
    }
    text
}

/// What the measurements say by themselves.
fn measured(report: &Report) -> String {
    let mut text = String::new();
    if let Some(sentence) = overall(report) {
        let _ = writeln!(text, "**{}**\n", escaped(&sentence));
    }
    for of in &report.scenarios {
        let answer = of.verdict.as_ref().map_or("Nothing was measured yet.", |v| &v.answer);
        let _ = writeln!(
            text,
            "- {} ({}): {}",
            escaped(&of.scenario.name),
            Standing::of(of).word(),
            escaped(answer)
        );
    }
    text
}

fn score(wish: &Wish, outcome: &Outcome) -> String {
    if outcome.scored.is_empty() {
        return String::new();
    }
    let weights = wish.weights.all();
    let sum: f64 = weights.iter().sum();
    let mut head = vec![String::from("variant")];
    head.extend(
        CRITERIA
            .iter()
            .zip(weights)
            .map(|((name, _), weight)| format!("{name} ({:.0} %)", weight / sum * 100.0)),
    );
    head.push(String::from("total / 50"));
    let rows: Vec<Vec<String>> = outcome
        .scored
        .iter()
        .map(|scored| {
            let mut cells = vec![scored.variant.clone()];
            cells.extend(scored.scores.iter().map(|score| fixed(score.points, 1)));
            cells.push(fixed(scored.total(&weights), 1));
            cells
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut text = String::from("## Score\n\nEach criterion out of 10:\n\n");
    text.push_str(&table(&head, &[false, true, true, true, true, true, true], &rows));
    text.push_str("\nThe rules, and what they were given:\n");
    for (index, (name, rule)) in CRITERIA.iter().enumerate() {
        let _ = writeln!(text, "\n- **{name}**: {}", escaped(rule));
        for scored in &outcome.scored {
            let score = &scored.scores[index];
            let _ = writeln!(
                text,
                "  - {}: {} ({})",
                escaped(&scored.variant),
                fixed(score.points, 1),
                escaped(&score.data)
            );
        }
    }
    text
}

fn latency(report: &Report, wish: &Wish) -> String {
    let mut text = String::new();
    for of in scenarios(report, wish) {
        let rows: Vec<Vec<String>> = of
            .rows
            .iter()
            .filter_map(|row| {
                let tiers = tiers(report, of, row, &wish.tiers)?;
                let told = |name: &str| {
                    tiers.iter().find(|tier| tier.name == name).map_or_else(String::new, |tier| {
                        format!("{} × {}", percent(tier.share), duration(tier.latency_ns / 1e9))
                    })
                };
                let mean = duration(mean(&tiers) / 1e9);
                Some(vec![row.variant.clone(), told("L1"), told("L2"), told("L3"), mean])
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{}:\n", escaped(&of.scenario.name));
        let head = ["variant", "L1: in process", "L2: shared", "L3: origin", "mean"];
        text.push_str(&table(&head, &[false, true, true, true, true], &rows));
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "## Mean latency of a read, by tier\n\nShare of the reads × latency of the tier that \
         answers. Shares are exact; latencies are those measured here unless `decision.toml` gives \
         others, and the origin's is assumed unless it does.\n{text}"
    )
}

fn options(report: &Report, outcome: &Outcome) -> String {
    let mut text = String::from("## Options\n");
    for entrant in &report.entrants {
        text.push_str(&option(report, outcome, entrant));
    }
    text
}

fn option(report: &Report, outcome: &Outcome, entrant: &Entrant) -> String {
    let (name, title) = (escaped(&entrant.name), escaped(&entrant.manifest.title));
    let mut text = format!("\n### {name}: {title}\n\n");
    if !entrant.description.is_empty() {
        let _ = writeln!(text, "{}\n", escaped(&entrant.description));
    }
    if let Some((_, why)) = outcome.excluded.iter().find(|(name, _)| *name == entrant.name) {
        let _ = writeln!(text, "Left out: {}\n", escaped(&why.join("; ")));
    }
    for pro in &entrant.manifest.pros {
        let _ = writeln!(text, "- for: {}", escaped(pro));
    }
    for con in &entrant.manifest.cons {
        let _ = writeln!(text, "- against: {}", escaped(con));
    }
    for of in &report.scenarios {
        let Some(row) = of.rows.get(entrant.place) else { continue };
        let hits = row.hit_ratio.map(|ratio| format!("hit ratio {}", percent(ratio)));
        let rates = row.requests_per_second.map(|of| format!("{} requests/s", rate(of.median)));
        let figures: Vec<String> = hits.into_iter().chain(rates).collect();
        if !figures.is_empty() {
            let scenario = escaped(&of.scenario.name);
            let _ = writeln!(text, "- measured, {scenario}: {}", figures.join(", "));
        }
    }
    text.push_str(&staleness(report, entrant));
    text
}

/// What taking each brings with it, as far as it was tried.
fn consequences(report: &Report, taken: &[&str]) -> String {
    let mut text = String::from("## Consequences\n");
    if taken.is_empty() {
        text.push_str("\nNo variant is taken, so none follow yet.\n");
    }
    let properties = tables::properties(report);
    for name in taken {
        let row = properties.iter().find(|row| row.variant == *name);
        if let (Some(entrant), Some(row)) = (report.entrant(name), row) {
            text.push_str(&consequence(entrant, row));
        }
    }
    text
}

fn consequence(entrant: &Entrant, row: &tables::Properties) -> String {
    let services = if entrant.manifest.needs_service() {
        format!("needs {}", entrant.manifest.services.join(", "))
    } else {
        String::from("no service to run")
    };
    let cost = entrant.manifest.operating_cost.as_deref().filter(|cost| *cost != "none");
    let operation = cost.map_or(services.clone(), |cost| format!("{services}; {cost}"));
    let mut text = format!("\nTaking **{}** means:\n\n", escaped(&entrant.name));
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

/// What would change the decision.
fn evolution(report: &Report) -> String {
    let mut text =
        String::from("## Evolution\n\nTo be decided again when one of these changes:\n\n");
    let mut said = words::grouped(report.scenarios.iter().flat_map(|of| {
        changes(report, of).into_iter().map(|change| (change, of.scenario.name.as_str()))
    }));
    // What holds in every one of several scenarios is not about any of them.
    let everywhere = |names: &[&str]| names.len() > 1 && names.len() == report.scenarios.len();
    said.sort_by_key(|(_, names)| everywhere(names));
    for (change, names) in said {
        let of = if everywhere(&names) { String::new() } else { format!("{}: ", names.join(", ")) };
        let _ = writeln!(text, "- {}{}", escaped(&of), escaped(&change));
    }
    text.push_str("- the requests: bring an access log of your own (`TRACE=…`)\n");
    text
}

fn evidence(report: &Report) -> String {
    let mut text = String::from("## Evidence\n");
    for of in &report.scenarios {
        let _ = writeln!(text, "\n### {}\n", escaped(&of.scenario.name));
        text.push_str(&summary::measured(report, of));
        let anchor = format!("{}-{}", Kind::Cost.name(), of.scenario.name);
        let _ = writeln!(
            text,
            "\nCharts: [mean time by the cost of a miss](report.html#{anchor}), [hit ratio against \
             capacity](report.html#{}-{}).",
            Kind::Capacity.name(),
            of.scenario.name
        );
    }
    text.push_str("\n### What each one is\n\n");
    text.push_str(&summary::properties(report));
    text.push_str(
        "\nThe whole page is [report.html](report.html), whether to believe it stands [in its second \
         part](report.html#health); raw figures are in [results.csv](results.csv) and \
         `samples.jsonl`. To run it again:\n\n",
    );
    text.push_str(&block(&report.exploration.command));
    text
}
