//! The first sentence of every text of a run that cannot be believed.

use bakeoff_analysis::figures::Report;

/// `Unproven, no variant is named: in a, why; in b, why.`; `None` where all can be believed.
#[must_use]
pub fn doubt(report: &Report) -> Option<String> {
    let doubts: Vec<String> = report
        .results
        .scenarios
        .iter()
        .filter(|verdict| !verdict.proven)
        .map(|verdict| format!("in {}, {}", verdict.scenario, verdict.unproven_because.join(", ")))
        .collect();
    (!doubts.is_empty()).then(|| {
        let there = if doubts.len() < report.results.scenarios.len() { " there" } else { "" };
        format!("Unproven, so no variant is named{there}: {}.", doubts.join("; "))
    })
}
