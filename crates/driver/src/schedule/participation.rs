//! Decides which variants take part in which round.
//!
//! A trial with a service takes several times as long as one in process, and its differences are
//! mostly large, so that a dozen rounds show them. If the time is limited, it is better spent on
//! variants that are close: after the rounds that a verdict needs, strategies with a service run in
//! one of [`SERVICE_INTERVAL`] rounds. The rule depends on the numbers of rounds only, never on
//! results, so that it cannot bias a verdict.

use bakeoff_protocol::exploration::Stopping;
use bakeoff_stats::rounds::{min_rounds_for_pairs, pairs};

/// Interval of the rounds with services, once they no longer run in every round.
const SERVICE_INTERVAL: u32 = 8;
/// Rounds with all variants in addition to the minimum for a verdict. With the minimum, the
/// interval ends at its most extreme round.
const EXTRA_ROUNDS: u32 = 2;

/// Participation rule of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Participation {
    /// Number of the first round without services.
    all_until: u32,
}

/// Properties of a variant that decide its participation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Needs a service.
    pub(crate) service: bool,
    /// May be recommended.
    pub(crate) competes: bool,
    /// Is the variant that others are compared with.
    pub(crate) baseline: bool,
}

impl Participation {
    /// Creates the rule.
    ///
    /// Services skip rounds only if the time is limited and there are at least two variants in
    /// process, including the baseline.
    pub(crate) fn new(rule: &Stopping, variants: &[Participant]) -> Self {
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

    /// True if services take part in a round; variants in process always do.
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

    /// Counts the earlier rounds with the same variants.
    pub(crate) fn similar_rounds_before(self, round: u32) -> u32 {
        let with_services = self.rounds_with_services(round);
        if self.includes_services(round) { with_services } else { round - with_services }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITED: Stopping = Stopping {
        precision: 0.01,
        minimum_rounds: 30,
        maximum_rounds: 100,
        budget_seconds: Some(200.0),
    };
    const LRU: Participant = Participant { service: false, competes: true, baseline: true };
    const MOKA: Participant = Participant { baseline: false, ..LRU };
    const REDIS: Participant = Participant { service: true, ..MOKA };
    const NULL: Participant = Participant { competes: false, ..MOKA };

    #[test]
    fn services_skip_rounds_once_a_verdict_is_possible() {
        let rule = Participation::new(&LIMITED, &[LRU, MOKA, REDIS]);
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
        let skips = |stopping: &Stopping, variants: &[Participant]| {
            !Participation::new(stopping, variants).includes_services(1_000)
        };
        assert!(skips(&LIMITED, &[LRU, MOKA, REDIS, NULL]));
        let unlimited = Stopping { budget_seconds: None, ..LIMITED };
        assert!(!skips(&unlimited, &[LRU, MOKA, REDIS]));
        assert!(
            !skips(&LIMITED, &[LRU, REDIS, REDIS, NULL]),
            "one variant in process is not a pair"
        );
        let served = Participant { baseline: true, ..REDIS };
        assert!(
            !skips(&LIMITED, &[served, MOKA, MOKA]),
            "the A/A control of a service runs in every round"
        );
    }
}
