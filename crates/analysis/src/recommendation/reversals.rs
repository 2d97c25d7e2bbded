//! Finds requirements under which another variant is the better choice.

use bakeoff_protocol::results::{Reversal, ScenarioResults, TestedProperty, VariantResults};

/// Returns the requirements that would change the choice of a scenario.
pub fn reversals(variants: &[VariantResults], results: &ScenarioResults) -> Vec<Reversal> {
    let mut reversals = Vec::new();
    let eligible = results.access_time.lines.iter().filter(|line| line.eligible);
    // An unconfirmed run recommends no variant, whatever a miss costs.
    if results.confirmed && eligible.count() > 1 {
        reversals.push(Reversal::MissCost);
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
