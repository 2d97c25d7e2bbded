//! Sentences that state the choices for all scenarios together.

use bakeoff_protocol::results::{AcrossScenarios, Results, SharedRecommendation};

use super::choice::choice;
use crate::text::number::cost_alone;
use crate::text::phrases::{conditions, grouped, listed, miss_cost_range};

/// Returns the choices for all scenarios; `None` if there is only one scenario.
pub fn across_scenarios(results: &Results) -> Option<String> {
    let across = results.across_scenarios.as_ref()?;
    let choice = |name: &str| choice(results.scenario(name)?);
    let names = across.open.iter().map(String::as_str);
    let (open, decided): (Vec<&str>, Vec<&str>) = names.partition(|name| choice(name).is_none());
    let choices = grouped(decided.iter().filter_map(|name| Some((choice(name)?, *name))));
    let mut sentences = Vec::new();
    if choices.is_empty() || !across.recommendations.is_empty() {
        sentences.push(sentence(across));
    }
    sentences
        .extend(choices.iter().map(|(one, names)| format!("Use {one} for {}.", listed(names))));
    if !open.is_empty() {
        sentences.push(format!("There is no recommendation for {}.", listed(&open)));
    }
    Some(sentences.join(" "))
}

fn sentence(across: &AcrossScenarios) -> String {
    let by_variant = grouped(across.recommendations.iter().map(|one| (one.variant.as_str(), one)));
    match by_variant.as_slice() {
        [] => String::from("No scenario has a recommendation."),
        [(variant, recommendations)] => one_variant(variant, recommendations, across.scenarios),
        several => {
            let each: Vec<String> = several
                .iter()
                .map(|(variant, recommendations)| {
                    let where_: Vec<String> =
                        recommendations.iter().map(|one| scenarios_and_condition(one)).collect();
                    format!("{variant} for {}", where_.join(", and for "))
                })
                .collect();
            format!("No single variant is best everywhere. Use {}.", each.join("; "))
        }
    }
}

/// Formats recommendations that all name one variant, with the conditions of each scenario.
fn one_variant(variant: &str, all: &[&SharedRecommendation], total: usize) -> String {
    let scenarios: Vec<&String> = all.iter().flat_map(|one| &one.scenarios).collect();
    let everywhere = if total == 2 { String::from("both") } else { format!("all {total}") };
    match all {
        [one] if scenarios.len() == total => {
            format!("Use {variant} for {everywhere} scenarios{}.", condition(one))
        }
        [one] => format!("Use {variant} for {}.", scenarios_and_condition(one)),
        several => {
            let place = if scenarios.len() == total {
                format!("{everywhere} scenarios")
            } else {
                listed(&scenarios)
            };
            let only: Vec<String> = several
                .iter()
                .filter(|one| !condition(one).is_empty())
                .map(|one| format!("for {} only{}", listed(&one.scenarios), condition(one)))
                .collect();
            format!("Use {variant} for {place}, but {}.", only.join(", and "))
        }
    }
}

fn condition(one: &SharedRecommendation) -> String {
    let upper = one.valid_up_to_miss_ns.map(cost_alone);
    conditions(miss_cost_range(one.valid_from_miss_ns, upper), &one.trade_offs)
}

/// Formats scenarios and their condition: `a and b if a miss costs 100 µs or more`.
fn scenarios_and_condition(one: &SharedRecommendation) -> String {
    format!("{}{}", listed(&one.scenarios), condition(one))
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::results::TradeOffKind;

    use super::*;

    fn shared(
        variant: &str,
        scenario: &str,
        from: Option<f64>,
        to: Option<f64>,
    ) -> SharedRecommendation {
        SharedRecommendation {
            variant: variant.to_owned(),
            scenarios: vec![scenario.to_owned()],
            valid_from_miss_ns: from,
            valid_up_to_miss_ns: to,
            trade_offs: Vec::new(),
        }
    }

    #[test]
    fn sentences_name_variants_scenarios_and_conditions() {
        let free = shared("moka", "loops", None, None);
        let mut cheap = shared("moka", "hot", None, Some(102_000.0));
        cheap.trade_offs = vec![TradeOffKind::StaleReads];
        let dear = shared("moka", "scan", Some(100_000.0), None);
        let other = shared("lru", "noise", None, None);
        let text = |recommendations: &[&SharedRecommendation], scenarios| {
            let recommendations = recommendations.iter().map(|&one| one.clone()).collect();
            sentence(&AcrossScenarios { scenarios, recommendations, open: Vec::new() })
        };
        insta::assert_snapshot!(
            [
                text(&[&cheap, &free], 2),
                text(&[&cheap, &free, &dear], 4),
                text(&[&cheap, &free, &other], 3),
                text(&[&free], 2),
                text(&[], 2),
            ]
            .join("\n")
        );
    }
}
