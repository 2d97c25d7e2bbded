//! Estimates rounds, duration and detectable difference of a stopping rule.

use bakeoff_protocol::exploration::StoppingRule;

use super::noise_model::NoiseModel;
use super::simulation::{Design, Tally, count_runs, simulate};
use crate::median;
use crate::verdict::Verdict::{Faster, SlightlyFaster, SlightlySlower, Slower};

/// Candidates for the detectable difference, as fractions.
const DIFFERENCES: [f64; 16] = [
    0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5,
];
/// Fraction of the runs that must find a difference, so that it counts as detectable.
pub const TARGET_POWER: f64 = 0.8;
/// Number of simulated runs that determine the number of rounds.
const PILOT_RUNS: u64 = 11;

/// Expected result of a stopping rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerEstimate {
    /// Number of rounds of each scenario.
    pub rounds: usize,
    /// Minutes of measuring for all scenarios.
    pub minutes: f64,
    /// Smallest difference found in four of five runs, as a fraction; `None` if it is above one
    /// half.
    pub detectable: Option<f64>,
    /// Number of runs with identical variants that find a difference.
    pub false_differences: Tally,
}

/// Simulates explorations with all pairs compared and a shared time budget.
///
/// The same arguments give the same result.
#[must_use]
pub fn estimate_power(
    machine: &NoiseModel,
    rule: &StoppingRule,
    variants: usize,
    scenarios: usize,
    runs: u64,
) -> PowerEstimate {
    let shared = StoppingRule {
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
    let pilot_runs: Vec<_> = (0..PILOT_RUNS).map(|seed| simulate(machine, &equals, seed)).collect();
    let middle = |values: Vec<f64>| median(&values).unwrap_or(0.0);
    let rounds = middle(pilot_runs.iter().map(|run| run.rounds as f64).collect()) as usize;
    let seconds = middle(pilot_runs.iter().map(|run| run.seconds).collect());
    // The pilot runs determine the number of rounds; evaluating the rule every few rounds in all
    // runs would take minutes.
    let fixed = Design { rounds, stopping: None, ..equals };
    let finds = |difference: f64| {
        let mut effects = vec![0.0; variants];
        effects[variants - 1] = (-difference).ln_1p();
        let design = Design { effects, ..fixed.clone() };
        let place = design.pairs().iter().position(|&pair| pair == (variants - 1, 0)).unwrap_or(0);
        let found = count_runs(machine, &design, runs, 1, |run| {
            matches!(run.verdicts().nth(place), Some(Slower | SlightlySlower))
        });
        found.share() >= TARGET_POWER
    };
    let first = DIFFERENCES.partition_point(|&difference| !finds(difference));
    let is_directional =
        |verdict| matches!(verdict, Faster | SlightlyFaster | Slower | SlightlySlower);
    PowerEstimate {
        rounds,
        minutes: seconds * scenarios as f64 / 60.0,
        detectable: DIFFERENCES.get(first).copied(),
        false_differences: count_runs(machine, &fixed, runs, 2, |run| {
            run.verdicts().any(is_directional)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_grows_with_more_rounds_and_less_noise() {
        let rule = |rounds| StoppingRule {
            precision: 0.0,
            minimum_rounds: rounds,
            maximum_rounds: rounds,
            budget_seconds: None,
        };
        let of = |machine: &NoiseModel, rounds| estimate_power(machine, &rule(rounds), 3, 2, 60);
        let (short, long) = (of(&NoiseModel::SHARED, 12), of(&NoiseModel::SHARED, 40));
        assert_eq!((short.rounds, long.rounds), (12, 40));
        // Three variants, the A/A control and the discarded trial, half a second each, in two
        // scenarios.
        assert!((short.minutes - 12.0 * 5.0 * 0.5 * 2.0 / 60.0).abs() < 1e-9, "{short:?}");
        assert!(long.detectable < short.detectable, "{short:?} {long:?}");
        let quiet = NoiseModel { noise: 0.003, burst_probability: 0.0, ..NoiseModel::SHARED };
        assert!(of(&quiet, 12).detectable < short.detectable);
        assert!(long.false_differences.interval().low <= 0.05, "{long:?}");
    }
}
