//! Who takes part in which round.
//!
//! A trial through a service takes several times as long as one in process, and what it is to tell is
//! mostly a difference of a multiple, which a dozen rounds show. Where the time is limited it is
//! better spent on those that are close: after the rounds that every verdict needs, strategies with
//! a service take part in one round of [`EVERY`]. The rule looks at numbers of rounds alone, never
//! at figures, so that no verdict hangs on when somebody was left out.

use bakeoff_protocol::exploration::Stopping;
use bakeoff_stats::rounds::{fewest_for, pairs};

/// One round in so many has all, once not all take part any more.
const EVERY: u32 = 8;
/// Rounds with all of them beyond those that a verdict needs, since an interval of the fewest
/// rounds ends with its most extreme one.
const SPARE: u32 = 2;

/// The rule of one contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turns {
    /// Rounds before the first without strategies that need a service.
    all_until: u32,
}

/// What a turn depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// It needs a service.
    pub(crate) service: bool,
    /// It may be named as the answer.
    pub(crate) competes: bool,
    /// It is what the others are compared with.
    pub(crate) baseline: bool,
}

impl Turns {
    /// All take part in every round unless time is limited, and there are pairs in process to spend
    /// it on, the baseline among them.
    pub(crate) fn new(rule: &Stopping, entries: &[Entry]) -> Self {
        let competing = entries.iter().filter(|entry| entry.competes).count();
        let in_process = entries.iter().filter(|entry| entry.competes && !entry.service).count();
        let baseline = entries.iter().any(|entry| entry.baseline && !entry.service);
        if rule.budget_seconds.is_none() || in_process < 2 || !baseline {
            return Self { all_until: u32::MAX };
        }
        let needed = fewest_for(pairs(competing)) as u32;
        Self { all_until: needed + SPARE }
    }

    /// Whether all take part in a round; else those in process do.
    pub(crate) const fn have_all(self, round: u32) -> bool {
        match round.checked_sub(self.all_until) {
            None => true,
            Some(later) => later % EVERY == EVERY - 1,
        }
    }

    /// How many of the first rounds have all.
    pub(crate) fn with_all(self, rounds: u32) -> u32 {
        (0..rounds).filter(|&round| self.have_all(round)).count() as u32
    }

    /// Earlier rounds with the same entries.
    pub(crate) fn before(self, round: u32) -> u32 {
        let all = self.with_all(round);
        if self.have_all(round) { all } else { round - all }
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
    const LRU: Entry = Entry { service: false, competes: true, baseline: true };
    const MOKA: Entry = Entry { baseline: false, ..LRU };
    const REDIS: Entry = Entry { service: true, ..MOKA };
    const NULL: Entry = Entry { competes: false, ..MOKA };

    #[test]
    fn services_rest_once_a_verdict_is_possible() {
        let turns = Turns::new(&LIMITED, &[LRU, MOKA, REDIS]);
        // Three pairs need eight rounds.
        let with_all: Vec<u32> = (0..30).filter(|&round| turns.have_all(round)).collect();
        assert_eq!(with_all, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 25]);
        assert_eq!((turns.with_all(30), turns.before(17), turns.before(18)), (12, 10, 7));
    }

    #[test]
    fn nobody_rests_without_need() {
        let rests = |rule: &Stopping, entries: &[Entry]| !Turns::new(rule, entries).have_all(1_000);
        assert!(rests(&LIMITED, &[LRU, MOKA, REDIS, NULL]));
        let unlimited = Stopping { budget_seconds: None, ..LIMITED };
        assert!(!rests(&unlimited, &[LRU, MOKA, REDIS]));
        assert!(!rests(&LIMITED, &[LRU, REDIS, REDIS, NULL]), "one in process is no pair");
        let served = Entry { baseline: true, ..REDIS };
        assert!(!rests(&LIMITED, &[served, MOKA, MOKA]), "its twin is in every round");
    }
}
