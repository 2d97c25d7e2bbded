//! Appendix of the decision record: scores, latencies by tier, checklist, options, tables.

use std::fmt::Write;

use bakeoff_protocol::results::decision::{ChecklistItem, Criterion, Decision};
use bakeoff_protocol::results::{Results, ScenarioResults, VariantResults};

use super::violations;
use crate::charts::Kind;
use crate::sentences::{checklist, decision as phrases};
use crate::summary;
use crate::text::markdown::{block, escaped, table};
use crate::text::number::{duration, fixed, percent, rate};

/// Returns the appendix in Markdown.
pub fn appendix(results: &Results) -> String {
    let parts = [
        format!("# Appendix: choice of a cache for {}\n", escaped(&results.name)),
        scores(&results.decision),
        latencies(&results.decision),
        checklists(results),
        options(results),
        evidence(results),
    ];
    parts.join("\n")
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
            cells.extend(scored.scores.iter().map(|score| points(score.points)));
            cells.push(fixed(scored.total, 1));
            cells
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut text = String::from(
        "## Score\n\nEach criterion gives up to 10 points; unknown \
         ones are left out of the total:\n\n",
    );
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
                points(score.points),
                escaped(&phrases::evidence(&score.evidence))
            );
        }
    }
    text
}

/// Formats the points of a score; unknown points are left out of the total.
fn points(points: Option<f64>) -> String {
    points.map_or_else(|| String::from("unknown"), |points| fixed(points, 1))
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
         latencies; otherwise L1 and L2 are measured, and that of the origin is the scenario's miss \
         cost.\n{text}"
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
            let (checkbox, words) = match finding.passed {
                Some(true) => ("x", escaped(&figures)),
                Some(false) => (" ", format!("not met: {}", escaped(&figures))),
                None => {
                    open.push(&finding.shown_by);
                    (" ", format!("not measured (scenario `{}`)", finding.shown_by))
                }
            };
            let _ = writeln!(text, "- [{checkbox}] {}: {words}", checklist::name(finding.item));
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
        let figures = figures(of, variant.index);
        if !figures.is_empty() {
            let _ = writeln!(text, "- measured, {}: {figures}", escaped(&of.scenario.name));
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

/// Formats hit ratio and throughput of the variant with the given index; empty without figures.
pub fn figures(of: &ScenarioResults, index: usize) -> String {
    let Some(row) = of.figures.get(index) else { return String::new() };
    let hits = row.hit_ratio.map(|ratio| format!("{} hits", percent(ratio)));
    let rates = row.requests_per_second.map(|found| format!("{} requests/s", rate(found.median)));
    hits.into_iter().chain(rates).collect::<Vec<_>>().join(", ")
}

fn evidence(results: &Results) -> String {
    let mut text = String::from("## Evidence\n");
    for of in &results.scenarios {
        let _ = writeln!(text, "\n### {}\n", escaped(&of.scenario.name));
        text.push_str(&summary::measured_table(results, of));
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
    text.push_str(&summary::properties_table(results));
    text.push_str(
        "\nThe page is [report.html](report.html), with the [run checks](report.html#run-checks); \
         the figures are in [results.csv](results.csv) and `results.json`. To run it again:\n\n",
    );
    text.push_str(&block(&results.exploration.command));
    text
}
