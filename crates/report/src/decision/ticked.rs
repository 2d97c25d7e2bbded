//! What was measured of production's risks, in the words of the decision record: the checklist, and
//! how old answers were.

use std::fmt::Write;

use bakeoff_protocol::progress::Status;

use crate::markdown::escaped;
use bakeoff_analysis::figures::{Entrant, Report};
use bakeoff_analysis::number::{duration, percent};

use super::checklist::{Found, Item};

/// What holds in production, variant by variant.
pub fn checklist(report: &Report) -> String {
    let mut text = String::from(
        "## Checklist\n\nTicked by what this run measured, never by what a variant declares:\n\n",
    );
    for item in Item::ALL {
        let _ = writeln!(text, "- **{}**: {}", item.name(), item.rule());
    }
    let mut open: Vec<&str> = Vec::new();
    for entrant in report.entrants.iter().filter(|one| one.status == Status::Completed) {
        let _ = writeln!(text, "\n{}:\n", escaped(&entrant.name));
        for item in Item::ALL {
            let (mark, said) = match item.found(report, entrant) {
                Found::Held(figure) => ("x", escaped(&figure)),
                Found::Failed(figure) => (" ", format!("no: {}", escaped(&figure))),
                Found::NotMeasured => {
                    let scenario = item.scenario(entrant);
                    open.push(scenario);
                    (" ", format!("not measured (`{scenario}` shows it)"))
                }
            };
            let _ = writeln!(text, "- [{mark}] {}: {said}", item.name());
        }
    }
    open.sort_unstable();
    open.dedup();
    if !open.is_empty() {
        let _ = writeln!(
            text,
            "\nWhat was not measured is shown by `bakeoff explore --scenarios {}` with the same \
             variants.",
            open.join(",")
        );
    }
    text
}

/// How old its answers were, in every scenario that tells.
pub fn staleness(report: &Report, entrant: &Entrant) -> String {
    let told = report.scenarios.iter().filter_map(|of| {
        let seen = of.rows.get(entrant.place)?.behaviour.as_deref()?;
        let (scenario, age) = (escaped(&of.scenario.name), &seen.freshness.age);
        Some(match age.quantile_ms(0.99) {
            None => format!("none in {scenario}"),
            Some(p99) => format!(
                "{} in {scenario}, out of date for {} (p99), {} at most",
                percent(seen.stale_share()),
                duration(p99 / 1e3),
                duration(age.longest_us as f64 / 1e6)
            ),
        })
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { String::new() } else { format!("- stale answers: {}\n", told.join("; ")) }
}
