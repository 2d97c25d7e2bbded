//! Chooses among eligible variants by the deciding quantities of a scenario, in their order.
//!
//! Each quantity removes the variants that are shown to be worse than the best one. Variants within
//! the tolerance stay and are compared by the next quantity. If a quantity leaves open whether a
//! variant is worse, the scenario is undecided.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::DecidingRule;
use bakeoff_protocol::results::{QuantityResults, QuantityValue, ScenarioResults};

/// Result of the choice; every list begins with the variant that has the lowest value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One variant is better than all others except those that are equivalent to it.
    One {
        variant: String,
        decided_by: DecidingQuantity,
        rival: String,
        equivalent: Vec<String>,
    },
    Equivalent {
        variants: Vec<String>,
    },
    Undecided {
        variants: Vec<String>,
        quantity: DecidingQuantity,
    },
}

/// Relation of a variant to the one with the lowest value of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Worse,
    /// Within the tolerance.
    Equal {
        /// True if the value is nevertheless significantly higher.
        higher: bool,
    },
    Open,
}

/// Chooses among two or more eligible variants.
pub fn choose(results: &ScenarioResults, eligible: &[&str]) -> Option<Choice> {
    let mut left: Vec<String> = eligible.iter().map(|name| (*name).to_owned()).collect();
    let mut lowest_is_significant = false;
    for quantity in &results.deciding {
        let mut values: Vec<&QuantityValue> =
            left.iter().filter_map(|name| quantity.value(name)).collect();
        values.sort_by(|a, b| a.value.total_cmp(&b.value));
        let (&leader, others) = values.split_first()?;
        let related: Vec<(&QuantityValue, Relation)> = others
            .iter()
            .map(|other| (*other, relation(results, quantity, leader, other)))
            .collect();
        let kept = related.iter().filter(|(_, relation)| *relation != Relation::Worse);
        let kept = kept.map(|(value, _)| value.variant.clone());
        let next: Vec<String> = std::iter::once(leader.variant.clone()).chain(kept).collect();
        if related.iter().any(|(_, relation)| *relation == Relation::Open) {
            return Some(Choice::Undecided { variants: next, quantity: quantity.quantity });
        }
        if let ([one], Some(rival)) = (next.as_slice(), others.first()) {
            return Some(Choice::One {
                variant: one.clone(),
                decided_by: quantity.quantity,
                rival: rival.variant.clone(),
                equivalent: Vec::new(),
            });
        }
        lowest_is_significant =
            related.iter().all(|(_, relation)| *relation != Relation::Equal { higher: false });
        left = next;
    }
    let last = results.deciding.last()?;
    match left.split_first()? {
        (variant, [rival, ..]) if lowest_is_significant => Some(Choice::One {
            variant: variant.clone(),
            decided_by: last.quantity,
            rival: rival.clone(),
            equivalent: left[1..].to_vec(),
        }),
        _ => Some(Choice::Equivalent { variants: left }),
    }
}

fn relation(
    results: &ScenarioResults,
    quantity: &QuantityResults,
    leader: &QuantityValue,
    other: &QuantityValue,
) -> Relation {
    let rule = DecidingRule { quantity: quantity.quantity, tolerance: quantity.tolerance };
    if quantity.quantity.is_paced() {
        return if other.value <= rule.equal_up_to(leader.value) {
            // The order of values within the tolerance is chance.
            Relation::Equal { higher: false }
        } else if other.low > leader.high {
            Relation::Worse
        } else {
            Relation::Open
        };
    }
    let pair = results.pair(&other.variant, &leader.variant);
    let Some(difference) = pair.and_then(|pair| pair.access_time) else { return Relation::Open };
    let [low, high] = difference.at(results.scenario.miss_cost_ns);
    let margin = rule.equal_up_to(leader.value) - leader.value;
    if low > -margin && high < margin {
        Relation::Equal { higher: low > 0.0 }
    } else if low > 0.0 {
        Relation::Worse
    } else {
        Relation::Open
    }
}
