//! Writes `decision.md`, an architecture decision record with the evidence.

use std::fmt::Write;

use bakeoff_protocol::results::decision::{ChecklistItem, Criterion, Decision};
use bakeoff_protocol::results::{Results, VariantResults};

use crate::charts::Kind;
use crate::sentences::across_scenarios::across_scenarios;
use crate::sentences::conclusion::{conclusion, reversals};
use crate::sentences::confidence::RunQuality;
use crate::sentences::{checklist, decision as phrases, unconfirmed};
use crate::text::markdown::{block, escaped, table};
use crate::text::number::{count, counted, duration, fixed, percent, rate};
use crate::text::phrases::{grouped, timed_capacity};
use crate::{summary, tables};

/// Returns the decision record in Markdown.
pub fn decision(results: &Results) -> String {
    let parts = [
        title(results),
        status(results),
        context(results),
        chosen(results),
        scores(&results.decision),
        latencies(&results.decision),
        checklists(results),
        options(results),
        consequences(results),
        evolution(results),
        evidence(results),
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
            RunQuality::from_results(of).word(),
            escaped(&conclusion(of))
        );
    }
    text
}

fn scores(decision: &Decision) -> String {
    if decision.scores.is_empty() {
        return String::new();
    }
    let weights = decision.config.weights.all();
    let sum: f64 = weights.iter().sum();
    let mut head = vec![String::from("variant")];
    head.extend(Criterion::ALL.iter().zip(weights).map(|(criterion, weight)| {
        format!("{} ({:.0} %)", phrases::criterion_name(*criterion), weight / sum * 100.0)
    }));
    head.push(String::from("total / 50"));
    let rows: Vec<Vec<String>> = decision
        .scores
        .iter()
        .map(|scored| {
            let mut cells = vec![scored.variant.clone()];
            cells.extend(scored.scores.iter().map(|score| fixed(score.points, 1)));
            cells.push(fixed(scored.total, 1));
            cells
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut text = String::from("## Score\n\nEach criterion gives up to 10 points:\n\n");
    text.push_str(&table(&head, &[false, true, true, true, true, true, true], &rows));
    text.push_str("\nRules and figures:\n");
    for (index, criterion) in Criterion::ALL.into_iter().enumerate() {
        let (name, rule) = (phrases::criterion_name(criterion), phrases::criterion_rule(criterion));
        let _ = writeln!(text, "\n- **{name}**: {}", escaped(rule));
        for scored in &decision.scores {
            let Some(score) = scored.scores.get(index) else { continue };
            let _ = writeln!(
                text,
                "  - {}: {} ({})",
                escaped(&scored.variant),
                fixed(score.points, 1),
                escaped(&phrases::evidence(&score.evidence))
            );
        }
    }
    text
}

fn latencies(decision: &Decision) -> String {
    let mut text = String::new();
    for of in &decision.latencies {
        let rows: Vec<Vec<String>> = of
            .variants
            .iter()
            .map(|variant| {
                let tier = |name: &str| {
                    let found = variant.tiers.iter().find(|tier| tier.tier == name);
                    found.map_or_else(String::new, |tier| {
                        format!("{} × {}", percent(tier.share), duration(tier.latency_ns / 1e9))
                    })
                };
                let mean = duration(variant.mean_ns / 1e9);
                vec![variant.variant.clone(), tier("L1"), tier("L2"), tier("L3"), mean]
            })
            .collect();
        let _ = writeln!(text, "\n{}:\n", escaped(&of.scenario));
        let head = ["variant", "L1: in process", "L2: shared", "L3: origin", "mean"];
        text.push_str(&table(&head, &[false, true, true, true, true], &rows));
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "## Mean latency of a read, by tier\n\nEach cell is the share of the reads that a tier answers × \
         the latency of that tier; the mean is their sum. Shares are exact. `decision.toml` can set the \
         latencies; otherwise L1 and L2 are measured, and the latency of the origin is assumed.\n{text}"
    )
}

fn checklists(results: &Results) -> String {
    let mut text = String::from(
        "## Checklist\n\nEach item is judged by measurements of this run, not by declarations:\n\n",
    );
    for item in ChecklistItem::ALL {
        let _ = writeln!(text, "- **{}**: {}", checklist::name(item), checklist::rule(item));
    }
    let mut open: Vec<&str> = Vec::new();
    for list in &results.decision.checklists {
        let _ = writeln!(text, "\n{}:\n", escaped(&list.variant));
        for finding in &list.findings {
            let figures = finding.evidence.as_ref().map(checklist::evidence).unwrap_or_default();
            let (mark, words) = match finding.passed {
                Some(true) => ("x", escaped(&figures)),
                Some(false) => (" ", format!("not met: {}", escaped(&figures))),
                None => {
                    open.push(&finding.shown_by);
                    (" ", format!("not measured (scenario `{}`)", finding.shown_by))
                }
            };
            let _ = writeln!(text, "- [{mark}] {}: {words}", checklist::name(finding.item));
        }
    }
    open.sort_unstable();
    open.dedup();
    if !open.is_empty() {
        let _ = writeln!(
            text,
            "\nTo measure the missing items, run `bakeoff explore --scenarios {}` with the same variants.",
            open.join(",")
        );
    }
    text
}

fn options(results: &Results) -> String {
    let mut text = String::from("## Options\n");
    for variant in &results.variants {
        text.push_str(&option(results, variant));
    }
    text
}

fn option(results: &Results, variant: &VariantResults) -> String {
    let (name, title) = (escaped(&variant.name), escaped(&variant.manifest.title));
    let mut text = format!("\n### {name}: {title}\n\n");
    if !variant.description.is_empty() {
        let _ = writeln!(text, "{}\n", escaped(&variant.description));
    }
    if let Some(why) = violations(results, &variant.name) {
        let _ = writeln!(text, "Excluded: {}\n", escaped(&why));
    }
    for pro in &variant.manifest.pros {
        let _ = writeln!(text, "- pro: {}", escaped(pro));
    }
    for con in &variant.manifest.cons {
        let _ = writeln!(text, "- con: {}", escaped(con));
    }
    for of in &results.scenarios {
        let Some(row) = of.figures.get(variant.index) else { continue };
        let hits = row.hit_ratio.map(|ratio| format!("hit ratio {}", percent(ratio)));
        let rates =
            row.requests_per_second.map(|found| format!("{} requests/s", rate(found.median)));
        let figures: Vec<String> = hits.into_iter().chain(rates).collect();
        if !figures.is_empty() {
            let scenario = escaped(&of.scenario.name);
            let _ = writeln!(text, "- measured, {scenario}: {}", figures.join(", "));
        }
    }
    text.push_str(&staleness(results, variant));
    text
}

/// Formats the stale reads of a variant in every scenario with paced replays.
fn staleness(results: &Results, variant: &VariantResults) -> String {
    let parts = results.scenarios.iter().filter_map(|of| {
        let paced = of.paced(&variant.name)?;
        let (scenario, age) = (escaped(&of.scenario.name), &paced.freshness.age);
        Some(match age.quantile_ms(0.99) {
            None => format!("none in {scenario}"),
            Some(p99) => format!(
                "{} in {scenario}, stale for {} (p99) and at most {}",
                percent(paced.stale_share()),
                duration(p99 / 1e3),
                duration(age.longest_us as f64 / 1e6)
            ),
        })
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { String::new() } else { format!("- stale reads: {}\n", parts.join("; ")) }
}

/// Section on the properties of each chosen variant.
fn consequences(results: &Results) -> String {
    let chosen = &results.decision.chosen;
    let mut text = String::from("## Consequences\n");
    if chosen.is_empty() {
        text.push_str("\nNone yet, because no variant is chosen.\n");
    }
    let properties = tables::properties(results);
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

/// Section on the requirements that would change the decision.
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

fn evidence(results: &Results) -> String {
    let mut text = String::from("## Evidence\n");
    for of in &results.scenarios {
        let _ = writeln!(text, "\n### {}\n", escaped(&of.scenario.name));
        text.push_str(&summary::measured(results, of));
        let anchor = format!("{}-{}", Kind::AccessTime.name(), of.scenario.name);
        let _ = writeln!(
            text,
            "\nCharts: [mean access time by miss cost](report.html#{anchor}), [hit ratio by \
             capacity](report.html#{}-{}).",
            Kind::Capacity.name(),
            of.scenario.name
        );
    }
    text.push_str("\n### Properties\n\n");
    text.push_str(&summary::properties(results));
    text.push_str(
        "\nThe page is [report.html](report.html), with the [run checks](report.html#run-checks); \
         the figures are in [results.csv](results.csv) and `results.json`. To run it again:\n\n",
    );
    text.push_str(&block(&results.exploration.command));
    text
}
