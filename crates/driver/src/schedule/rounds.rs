//! Order of the trials in a round, and an estimate of the rounds that remain.

use bakeoff_protocol::exploration::StoppingRule;

use crate::schedule::participation::{ParticipationRule, VariantRole};

/// Entry of a round: a variant, or the A/A control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundEntry {
    /// Index of the variant.
    pub(crate) variant: usize,
    /// True for the A/A control, the second entry of the baseline.
    pub(crate) aa_control: bool,
}

/// Returns the entries of a round in the order in which they run.
///
/// The order of a round does not depend on the total number of rounds.
pub(crate) fn order(
    variants: &[VariantRole],
    rule: ParticipationRule,
    seed: u64,
    round: u32,
) -> Vec<RoundEntry> {
    let services = rule.includes_services(round);
    let taking_part = variants.iter().enumerate().filter(|(_, it)| services || !it.service);
    let baseline = variants.iter().position(|variant| variant.baseline).unwrap_or(0);
    let entries: Vec<RoundEntry> = taking_part
        .map(|(variant, _)| RoundEntry { variant, aa_control: false })
        .chain([RoundEntry { variant: baseline, aa_control: true }])
        .collect();
    let row = rule.similar_rounds_before(round) as usize;
    permute(&entries, row, seed)
}

/// Returns the items in a random order, the one with the number `row` of a balanced series.
pub(crate) fn permute<T: Copy>(items: &[T], row: usize, seed: u64) -> Vec<T> {
    let orders = bakeoff_stats::order::balanced(items.len(), row + 1, seed);
    let order = orders.last().map(Vec::as_slice).unwrap_or_default();
    order.iter().filter_map(|&index| items.get(index).copied()).collect()
}

/// Progress of one scenario's rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundCount {
    /// Number of complete rounds.
    pub(crate) done: u32,
    /// Minimum number of rounds for a verdict.
    pub(crate) needed: u32,
    /// True if no further round runs.
    pub(crate) ended: bool,
}

/// Expected remainder of the timed phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RemainingRounds {
    /// Number of rounds, over all scenarios.
    pub(crate) rounds: u32,
    /// Wall-clock time in seconds.
    pub(crate) seconds: f64,
}

/// Estimates the remainder of the timed phase.
///
/// Assumes that a scenario below `rule.minimum_rounds` stops at the minimum, and any other scenario
/// at the maximum. The budget limits the total. `spent_seconds` is the time of all rounds so far.
pub(crate) fn remaining(
    rule: &StoppingRule,
    scenarios: &[RoundCount],
    spent_seconds: f64,
) -> RemainingRounds {
    let missing = |scenario: &RoundCount| match scenario.done {
        _ if scenario.ended => 0,
        few if few < rule.minimum_rounds => rule.minimum_rounds - few,
        done => rule.maximum_rounds.saturating_sub(done),
    };
    let rounds: u32 = scenarios.iter().map(missing).sum();
    let done: u32 = scenarios.iter().map(|scenario| scenario.done).sum();
    let each = spent_seconds / f64::from(done.max(1));
    let affordable = rule.budget_seconds.map_or(f64::INFINITY, |budget| {
        let needed = scenarios
            .iter()
            .map(|scenario| each * f64::from(scenario.needed.saturating_sub(scenario.done)));
        (budget - spent_seconds).max(needed.sum())
    });
    let seconds = (each * f64::from(rounds)).min(affordable);
    let affordable_rounds = if each > 0.0 { (seconds / each).ceil() as u32 } else { rounds };
    RemainingRounds { rounds: rounds.min(affordable_rounds), seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: StoppingRule = StoppingRule {
        precision: 0.01,
        minimum_rounds: 30,
        maximum_rounds: 100,
        budget_seconds: Some(200.0),
    };
    const LRU: VariantRole = VariantRole { service: false, competes: true, baseline: true };
    const MOKA: VariantRole = VariantRole { baseline: false, ..LRU };
    const REDIS: VariantRole = VariantRole { service: true, ..MOKA };

    #[test]
    fn every_round_contains_its_variants_and_the_aa_control_once() {
        let variants = [MOKA, LRU, REDIS];
        let rule = ParticipationRule::new(&RULE, &variants);
        for round in 0..40 {
            let mut order = order(&variants, rule, 7, round);
            assert!(order.contains(&RoundEntry { variant: 1, aa_control: true }));
            order.retain(|entry| !entry.aa_control);
            order.sort_by_key(|entry| entry.variant);
            let indexes: Vec<usize> = order.iter().map(|entry| entry.variant).collect();
            let expected: &[usize] =
                if rule.includes_services(round) { &[0, 1, 2] } else { &[0, 1] };
            assert_eq!(indexes, expected, "round {round}");
        }
    }

    #[test]
    fn the_order_changes_with_the_seed_and_the_round() {
        let variants = [LRU, MOKA, MOKA, MOKA];
        let rule = ParticipationRule::new(&RULE, &variants);
        let orders = |seed| (0..8).map(move |round| order(&variants, rule, seed, round));
        assert_eq!(orders(1).collect::<Vec<_>>(), orders(1).collect::<Vec<_>>());
        assert_ne!(orders(1).collect::<Vec<_>>(), orders(2).collect::<Vec<_>>());
        assert!(orders(1).any(|order| Some(order) != orders(1).next()));
    }

    #[test]
    fn remaining_rounds_are_limited_by_minimum_maximum_and_budget() {
        let scenario = |done| RoundCount { done, needed: 8, ended: false };
        let unlimited = StoppingRule { budget_seconds: None, ..RULE };
        assert_eq!(
            remaining(&unlimited, &[scenario(10)], 20.0),
            RemainingRounds { rounds: 20, seconds: 40.0 }
        );
        assert_eq!(remaining(&unlimited, &[scenario(40)], 80.0).rounds, 60);
        let ended = RoundCount { ended: true, ..scenario(40) };
        assert_eq!(
            remaining(&unlimited, &[ended], 80.0),
            RemainingRounds { rounds: 0, seconds: 0.0 }
        );
        // 180 of 200 s are spent: at 18 s per round, two rounds remain.
        assert_eq!(
            remaining(&RULE, &[scenario(10)], 180.0),
            RemainingRounds { rounds: 2, seconds: 20.0 }
        );
        // A verdict needs three more rounds, whatever the budget.
        assert_eq!(remaining(&RULE, &[scenario(5)], 300.0).rounds, 3);
    }
}
