//! Decides which variants take part in which round.
//!
//! A trial with a service takes several times as long as a trial in process. A variant with a
//! service also mostly differs so much from others that a dozen rounds show the difference. If time
//! is limited, it is better spent on variants with similar results. So after the rounds that a
//! verdict needs, variants with a service run in one of every [`SERVICE_INTERVAL`] rounds. The rule
//! depends only on the number of the round, never on results, so it cannot bias a verdict.

use bakeoff_protocol::exploration::StoppingRule;
use bakeoff_stats::rounds::{min_rounds_for_pairs, pairs};

/// Interval between rounds with services, once services no longer run in every round.
const SERVICE_INTERVAL: u32 = 8;
/// Number of rounds with all variants beyond the minimum for a verdict.
///
/// With only the minimum, a confidence interval reaches to the most extreme round.
const EXTRA_ROUNDS: u32 = 2;

/// Rule of one scenario that decides in which rounds variants with a service run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParticipationRule {
    /// Number of the first round without services.
    all_until: u32,
}

/// Properties of a variant that decide in which rounds it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VariantRole {
    /// True if the variant needs a service.
    pub(crate) service: bool,
    /// True if the variant may be recommended.
    pub(crate) competes: bool,
    /// True for the variant that others are compared with.
    pub(crate) baseline: bool,
}

impl ParticipationRule {
    /// Creates the rule for the variants of a scenario.
    ///
    /// Services skip rounds only if time is limited, the baseline runs in process, and at least two
    /// competing variants run in process.
    pub(crate) fn new(rule: &StoppingRule, variants: &[VariantRole]) -> Self {
        let competing = variants.iter().filter(|variant| variant.competes).count();
        let in_process =
            variants.iter().filter(|variant| variant.competes && !variant.service).count();
        let baseline = variants.iter().any(|variant| variant.baseline && !variant.service);
        if rule.budget_seconds.is_none() || in_process < 2 || !baseline {
            return Self { all_until: u32::MAX };
        }
        let needed = min_rounds_for_pairs(pairs(competing)) as u32;
        Self { all_until: needed + EXTRA_ROUNDS }
    }

    /// Returns true if variants with a service run in this round; variants in process always run.
    pub(crate) const fn includes_services(self, round: u32) -> bool {
        match round.checked_sub(self.all_until) {
            None => true,
            Some(later) => later % SERVICE_INTERVAL == SERVICE_INTERVAL - 1,
        }
    }

    /// Counts the rounds with services among the first `rounds`.
    pub(crate) fn rounds_with_services(self, rounds: u32) -> u32 {
        (0..rounds).filter(|&round| self.includes_services(round)).count() as u32
    }

    /// Counts the earlier rounds in which the same variants ran.
    pub(crate) fn similar_rounds_before(self, round: u32) -> u32 {
        let with_services = self.rounds_with_services(round);
        if self.includes_services(round) { with_services } else { round - with_services }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITED: StoppingRule = StoppingRule {
        precision: 0.01,
        minimum_rounds: 30,
        maximum_rounds: 100,
        budget_seconds: Some(200.0),
    };
    const LRU: VariantRole = VariantRole { service: false, competes: true, baseline: true };
    const MOKA: VariantRole = VariantRole { baseline: false, ..LRU };
    const REDIS: VariantRole = VariantRole { service: true, ..MOKA };
    const NULL: VariantRole = VariantRole { competes: false, ..MOKA };

    #[test]
    fn services_skip_rounds_once_a_verdict_is_possible() {
        let rule = ParticipationRule::new(&LIMITED, &[LRU, MOKA, REDIS]);
        // Three pairs need eight rounds.
        let with_services: Vec<u32> =
            (0..30).filter(|&round| rule.includes_services(round)).collect();
        assert_eq!(with_services, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 25]);
        assert_eq!(
            (
                rule.rounds_with_services(30),
                rule.similar_rounds_before(17),
                rule.similar_rounds_before(18)
            ),
            (12, 10, 7)
        );
    }

    #[test]
    fn services_skip_rounds_only_if_necessary() {
        let skips = |stopping: &StoppingRule, variants: &[VariantRole]| {
            !ParticipationRule::new(stopping, variants).includes_services(1_000)
        };
        assert!(skips(&LIMITED, &[LRU, MOKA, REDIS, NULL]));
        let unlimited = StoppingRule { budget_seconds: None, ..LIMITED };
        assert!(!skips(&unlimited, &[LRU, MOKA, REDIS]));
        assert!(
            !skips(&LIMITED, &[LRU, REDIS, REDIS, NULL]),
            "one variant in process is not a pair"
        );
        let served = VariantRole { baseline: true, ..REDIS };
        assert!(
            !skips(&LIMITED, &[served, MOKA, MOKA]),
            "the A/A control of a service runs in every round"
        );
    }
}
