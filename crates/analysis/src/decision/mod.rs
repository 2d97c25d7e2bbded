//! Chooses a variant: constraints first, then a weighted score over five criteria. Also computes
//! how far each weight can change before another variant is first.

mod checklist;
pub mod config;
mod constraints;
mod score;
mod sensitivity;
mod tiers;

use bakeoff_protocol::results::decision::{
    Decision, DecisionConfig, ExcludedVariant, VariantScore,
};
use bakeoff_protocol::results::{Results, ScenarioResults, VariantResults};

/// Applies constraints and weights to the results; without `config`, the defaults.
///
/// The current value of `results.decision` is not read.
#[must_use]
pub fn decide(results: &Results, config: Option<&DecisionConfig>) -> Decision {
    let defaults = DecisionConfig::default();
    let configured = config.is_some();
    let config = config.unwrap_or(&defaults);
    let scenarios = counted_scenarios(results, config);
    let mut allowed: Vec<&VariantResults> = Vec::new();
    let mut excluded = Vec::new();
    for variant in &results.variants {
        let violations = constraints::violations(&scenarios, config, variant);
        if violations.is_empty() {
            allowed.push(variant);
        } else {
            excluded.push(ExcludedVariant { variant: variant.name.clone(), violations });
        }
    }
    let scores = score::scores(results, &scenarios, config, &allowed);
    let confirmed = scenarios.iter().all(|of| of.confirmed);
    Decision {
        configured,
        config: config.clone(),
        scenarios: scenarios.iter().map(|of| of.scenario.name.clone()).collect(),
        confirmed,
        chosen: chosen(results, configured, confirmed, &scores),
        sensitivity: sensitivity::weight_ranges(&scores, &config.weights.all()),
        latencies: tiers::latencies(results, &scenarios, &config.tiers),
        checklists: checklist::checklists(results),
        scores,
        excluded,
    }
}

/// Returns the chosen variants. With a `decision.toml`, the variant with the highest score, if the
/// run is confirmed; without it, the recommended variant of every scenario.
fn chosen(
    results: &Results,
    configured: bool,
    confirmed: bool,
    scores: &[VariantScore],
) -> Vec<String> {
    if configured {
        let first = scores.first().filter(|_| confirmed);
        return first.map(|score| score.variant.clone()).into_iter().collect();
    }
    let recommended = results.scenarios.iter().filter_map(|of| of.recommended());
    let mut chosen: Vec<String> = recommended.map(String::from).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

fn counted_scenarios<'a>(
    results: &'a Results,
    config: &DecisionConfig,
) -> Vec<&'a ScenarioResults> {
    let counts = |of: &&ScenarioResults| {
        config.scenarios.is_empty() || config.scenarios.contains(&of.scenario.name)
    };
    results.scenarios.iter().filter(counts).collect()
}
