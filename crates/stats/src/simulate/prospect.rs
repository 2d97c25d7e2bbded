//! What a profile would see on a machine: its rounds, its minutes, the difference that it finds.

use bakeoff_protocol::exploration::Stopping;

use super::machine::Machine;
use super::study::{Design, Tally, explore, study};
use crate::median;
use crate::verdict::Verdict::{Faster, SlightlyFaster, SlightlySlower, Slower};

/// Differences that are tried, as shares.
const DIFFERENCES: [f64; 16] = [
    0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5,
];
/// Share of the runs that have to find a difference for it to count as seen.
pub const OFTEN: f64 = 0.8;
/// Runs that tell how many rounds there will be.
const TRIED: u64 = 11;

/// What is to be expected of a rule for stopping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prospect {
    /// Rounds of each scenario.
    pub rounds: usize,
    /// Minutes of measuring, all scenarios together.
    pub minutes: f64,
    /// The smallest difference, as a share, that four runs of five find; `None` above one half.
    pub finds: Option<f64>,
    /// Runs of identical variants that tell some of them apart.
    pub false_differences: Tally,
}

/// Simulates explorations of `variants` variants, all pairs compared, in `scenarios` scenarios
/// that share the budget of a rule. The same arguments give the same answer.
#[must_use]
pub fn prospect(
    machine: &Machine,
    rule: &Stopping,
    variants: usize,
    scenarios: usize,
    runs: u64,
) -> Prospect {
    let shared = Stopping {
        budget_seconds: rule.budget_seconds.map(|seconds| seconds / scenarios.max(1) as f64),
        ..*rule
    };
    let variants = variants.max(2);
    let maximum = rule.maximum_rounds as usize;
    let equals = Design {
        effects: vec![0.0; variants],
        stopping: Some(shared),
        ..Design::of_five(0.0, maximum)
    };
    let tried: Vec<_> = (0..TRIED).map(|seed| explore(machine, &equals, seed)).collect();
    let middle = |values: Vec<f64>| median(&values).unwrap_or(0.0);
    let rounds = middle(tried.iter().map(|run| run.rounds as f64).collect()) as usize;
    let seconds = middle(tried.iter().map(|run| run.seconds).collect());
    // The rule was seen to make no false differences; from here on its rounds are a number, since
    // looking every few rounds would cost minutes.
    let fixed = Design { rounds, stopping: None, ..equals };
    let finds = |difference: f64| {
        let mut effects = vec![0.0; variants];
        effects[variants - 1] = (-difference).ln_1p();
        let design = Design { effects, ..fixed.clone() };
        let place = design.pairs().iter().position(|&pair| pair == (variants - 1, 0)).unwrap_or(0);
        let found = study(machine, &design, runs, 1, |run| {
            matches!(run.words().nth(place), Some(Slower | SlightlySlower))
        });
        found.share() >= OFTEN
    };
    let first = DIFFERENCES.partition_point(|&difference| !finds(difference));
    let is_directional = |word| matches!(word, Faster | SlightlyFaster | Slower | SlightlySlower);
    Prospect {
        rounds,
        minutes: seconds * scenarios as f64 / 60.0,
        finds: DIFFERENCES.get(first).copied(),
        false_differences: study(machine, &fixed, runs, 2, |run| run.words().any(is_directional)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_time_sees_more_and_a_quiet_machine_sees_most() {
        let rule = |rounds| Stopping {
            precision: 0.0,
            minimum_rounds: rounds,
            maximum_rounds: rounds,
            budget_seconds: None,
        };
        let of = |machine: &Machine, rounds| prospect(machine, &rule(rounds), 3, 2, 60);
        let (short, long) = (of(&Machine::SHARED, 12), of(&Machine::SHARED, 40));
        assert_eq!((short.rounds, long.rounds), (12, 40));
        // Three variants, the twin and the lead-in, half a second each, in two scenarios.
        assert!((short.minutes - 12.0 * 5.0 * 0.5 * 2.0 / 60.0).abs() < 1e-9, "{short:?}");
        assert!(long.finds < short.finds, "{short:?} {long:?}");
        let quiet = Machine { noise: 0.003, burst_probability: 0.0, ..Machine::SHARED };
        assert!(of(&quiet, 12).finds < short.finds);
        assert!(long.false_differences.interval().low <= 0.05, "{long:?}");
    }
}
