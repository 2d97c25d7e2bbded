//! Merges the recommendations of all scenarios.

use bakeoff_protocol::results::{AcrossScenarios, ScenarioResults, SharedRecommendation};

/// Returns the recommendations with as few conditions as possible; `None` for one scenario.
pub fn across_scenarios(scenarios: &[ScenarioResults]) -> Option<AcrossScenarios> {
    if scenarios.len() < 2 {
        return None;
    }
    let mut recommendations: Vec<SharedRecommendation> = Vec::new();
    for results in scenarios {
        let Some(own) = results.recommendation() else { continue };
        let mut trade_offs: Vec<_> =
            own.trade_offs.iter().map(|trade_off| trade_off.kind).collect();
        trade_offs.sort_unstable();
        let next = SharedRecommendation {
            variant: own.variant.clone(),
            scenarios: vec![results.scenario.name.clone()],
            valid_from_miss_ns: own.valid_from_miss_ns,
            valid_up_to_miss_ns: own.valid_up_to.as_ref().map(|limit| limit.miss_cost_ns),
            trade_offs,
        };
        match recommendations.iter_mut().find(|known| can_merge(known, &next)) {
            Some(known) => merge(known, next),
            None => recommendations.push(next),
        }
    }
    let open = scenarios.iter().filter(|results| results.recommendation().is_none());
    Some(AcrossScenarios {
        scenarios: scenarios.len(),
        recommendations,
        open: open.map(|results| results.scenario.name.clone()).collect(),
    })
}

/// Returns true if one condition can describe two recommendations: they name the same variant,
/// share a range of miss costs, and both or neither have an upper limit.
fn can_merge(one: &SharedRecommendation, other: &SharedRecommendation) -> bool {
    let from = one.valid_from_miss_ns.unwrap_or(0.0).max(other.valid_from_miss_ns.unwrap_or(0.0));
    let limits = [one.valid_up_to_miss_ns, other.valid_up_to_miss_ns];
    let overlap = limits.into_iter().flatten().all(|to| from < to);
    one.variant == other.variant && limits[0].is_some() == limits[1].is_some() && overlap
}

/// Adds the scenarios and conditions of `other`; the stricter limit of each kind is kept.
fn merge(one: &mut SharedRecommendation, other: SharedRecommendation) {
    let froms = [one.valid_from_miss_ns, other.valid_from_miss_ns];
    one.valid_from_miss_ns = froms.into_iter().flatten().reduce(f64::max);
    let tos = [one.valid_up_to_miss_ns, other.valid_up_to_miss_ns];
    one.valid_up_to_miss_ns = tos.into_iter().flatten().reduce(f64::min);
    one.trade_offs.extend(other.trade_offs);
    one.trade_offs.sort_unstable();
    one.trade_offs.dedup();
    one.scenarios.extend(other.scenarios);
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::results::TradeOffKind;

    use super::*;

    fn shared(scenario: &str, from: Option<f64>, to: Option<f64>) -> SharedRecommendation {
        SharedRecommendation {
            variant: String::from("moka"),
            scenarios: vec![scenario.to_owned()],
            valid_from_miss_ns: from,
            valid_up_to_miss_ns: to,
            trade_offs: Vec::new(),
        }
    }

    #[test]
    fn merged_condition_is_the_strictest() {
        let mut both = shared("a", None, None);
        let mut other = shared("b", Some(100_000.0), None);
        other.trade_offs = vec![TradeOffKind::LostWrites];
        assert!(can_merge(&both, &other));
        merge(&mut both, other);
        assert_eq!((both.valid_from_miss_ns, both.valid_up_to_miss_ns), (Some(100_000.0), None));
        assert_eq!(both.scenarios, ["a", "b"]);
        assert_eq!(both.trade_offs, [TradeOffKind::LostWrites]);

        let mut cheap = shared("c", None, Some(34_000.0));
        assert!(!can_merge(&both, &cheap), "an upper limit in only one of them");
        assert!(!can_merge(&cheap, &shared("d", Some(100_000.0), Some(1e6))), "no common range");
        merge(&mut cheap, shared("e", None, Some(50_000.0)));
        assert_eq!(cheap.valid_up_to_miss_ns, Some(34_000.0));
    }
}
