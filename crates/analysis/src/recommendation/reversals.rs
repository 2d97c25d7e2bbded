//! Finds requirements under which another variant is the better choice.

use bakeoff_protocol::results::{Reversal, ScenarioResults, TestedProperty, VariantResults};

use super::{capacity_reversals, thread_reversals};

/// Returns the requirements that would change the choice of a scenario.
pub fn reversals(variants: &[VariantResults], results: &ScenarioResults) -> Vec<Reversal> {
    let mut reversals = Vec::new();
    let eligible = results.access_time.lines.iter().filter(|line| line.eligible);
    // An unconfirmed run recommends no variant, whatever a miss costs.
    if results.confirmed && eligible.count() > 1 {
        reversals.push(Reversal::MissCost);
    }
    if let Some(leader) = results.leader() {
        reversals.extend(capacity_reversals::capacity_reversals(results, leader));
        reversals.extend(thread_reversals::thread_reversals(results, leader));
    }
    if let Some(recommendation) = results.recommendation() {
        reversals.extend(recommendation.trade_offs.iter().cloned().map(Reversal::TradeOff));
    }
    let recommended = results.recommended();
    let observed = |tried: &Option<TestedProperty>| tried.as_ref().map(|tried| tried.observed);
    let sharing = only_others(variants, recommended, |variant| observed(&variant.shared));
    reversals.extend(sharing.map(|variants| Reversal::SharedEntries { variants }));
    let lasting = only_others(variants, recommended, |variant| observed(&variant.survives_restart));
    reversals.extend(lasting.map(|variants| Reversal::Persistence { variants }));
    reversals
}

/// Adds to each scenario the other scenarios that recommend another variant.
pub fn add_other_scenarios(scenarios: &mut [ScenarioResults]) {
    let recommended: Vec<(String, String)> = scenarios
        .iter()
        .filter_map(|of| Some((of.scenario.name.clone(), of.recommended()?.to_owned())))
        .collect();
    for of in scenarios {
        let Some(own) = of.recommended().map(String::from) else { continue };
        let mut others: Vec<(String, Vec<String>)> = Vec::new();
        for (scenario, variant) in recommended.iter().filter(|(_, variant)| *variant != own) {
            match others.iter_mut().find(|(known, _)| known == variant) {
                Some((_, scenarios)) => scenarios.push(scenario.clone()),
                None => others.push((variant.clone(), vec![scenario.clone()])),
            }
        }
        let reversals = others.into_iter();
        of.reversals.extend(
            reversals.map(|(variant, scenarios)| Reversal::Scenarios { variant, scenarios }),
        );
    }
}

/// Returns the variants with a property, if the recommended variant lacks it. `None` if no variant
/// or every variant has it.
fn only_others(
    variants: &[VariantResults],
    recommended: Option<&str>,
    has: impl Fn(&VariantResults) -> Option<bool>,
) -> Option<Vec<String>> {
    let having: Vec<String> = variants
        .iter()
        .filter(|variant| has(variant) == Some(true))
        .map(|variant| variant.name.clone())
        .collect();
    let lacks = recommended.is_none_or(|name| {
        variants.iter().find(|variant| variant.name == name).and_then(&has) == Some(false)
    });
    (lacks && !having.is_empty() && having.len() < variants.len()).then_some(having)
}
