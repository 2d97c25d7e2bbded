//! Tests the joint error of verdicts at Holm's levels, and of intervals at equal levels.
//!
//! Five variants are simulated with true speeds for which Holm's steps pass on most of the level:
//! some far apart, some equal, or all spaced by little more than the margin. Seeds are fixed.

use bakeoff_stats::verdict::Verdict::{
    self, Equivalent, Faster, Inconclusive, SlightlyFaster, SlightlySlower, Slower,
};
use bakeoff_stats::{JointConfidence, compare};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROUNDS: usize = 30;
const RUNS: usize = 1000;
/// Standard deviation of a sample, in log time.
const NOISE: f64 = 0.012;

/// Fraction of the runs with an error, by kind of error.
#[derive(Debug, Default)]
struct ErrorShares {
    /// Runs in which any verdict is wrong.
    verdicts: f64,
    /// Runs in which any interval of a verdict misses the true difference.
    verdict_intervals: f64,
    /// Runs in which any interval at an equal level misses the true difference.
    equal_level_intervals: f64,
}

/// Simulates runs of variants with the log speeds `truth`.
fn simulate_errors(truth: &[f64]) -> ErrorShares {
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let plan = JointConfidence::with_margin(0.01);
    let pairs: Vec<(usize, usize)> =
        (0..truth.len()).flat_map(|one| (0..one).map(move |other| (one, other))).collect();
    let apart: Vec<f64> = pairs.iter().map(|&(one, other)| truth[one] - truth[other]).collect();
    let mut wrong = ErrorShares::default();
    for _ in 0..RUNS {
        let samples: Vec<Vec<f64>> = (0..ROUNDS)
            .map(|_| truth.iter().map(|level| level + NOISE * normal(&mut random)).collect())
            .collect();
        let differences = |&(one, other): &(usize, usize)| -> Vec<f64> {
            samples.iter().map(|round| round[one] - round[other]).collect()
        };
        let family: Vec<Vec<f64>> = pairs.iter().map(differences).collect();
        let stepped: Vec<_> = compare(&family, plan).into_iter().flatten().collect();
        let share = JointConfidence { alpha: plan.alpha_per_comparison(pairs.len()), ..plan };
        let shared = family.iter().flat_map(|one| compare(std::slice::from_ref(one), share));
        let any = |is: bool| f64::from(u8::from(is)) / RUNS as f64;
        let compared = || stepped.iter().zip(&apart);
        wrong.verdicts +=
            any(compared().any(|(pair, &true_difference)| is_wrong(pair.verdict, true_difference)));
        wrong.verdict_intervals += any(
            compared().any(|(pair, &true_difference)| !pair.interval.contains(true_difference))
        );
        let misses = |(pair, true_difference): (_, &f64)| {
            Option::is_none_or(pair, |pair: bakeoff_stats::Comparison| {
                !pair.interval.contains(*true_difference)
            })
        };
        wrong.equal_level_intervals += any(shared.zip(&apart).any(misses));
    }
    wrong
}

/// True if a verdict contradicts the true difference.
fn is_wrong(verdict: Verdict, truth: f64) -> bool {
    let margin = 0.01_f64.ln_1p();
    match verdict {
        Faster => truth <= margin,
        SlightlyFaster => truth <= 0.0,
        Equivalent => truth.abs() >= margin,
        SlightlySlower => truth >= 0.0,
        Slower => truth >= -margin,
        Inconclusive => false,
    }
}

/// Standard normal random number (Box and Muller).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

#[test]
fn verdicts_hold_jointly_and_intervals_only_at_equal_levels() {
    for truth in [
        [0.0, 0.0, 1.0, 2.0, 3.0],
        [0.0, 0.0, 0.5, 0.52, 1.5],
        [0.0, 0.02, 0.04, 0.06, 0.08],
        [0.0, 0.022, 0.044, 0.066, 0.088],
    ] {
        let wrong = simulate_errors(&truth);
        println!("{truth:?}: {wrong:?}");
        assert!(wrong.verdicts <= 0.05, "{truth:?}: {wrong:?}");
        assert!(wrong.equal_level_intervals <= 0.05, "{truth:?}: {wrong:?}");
        // For this reason the documents promise no joint confidence for the intervals of verdicts.
        assert!(wrong.verdict_intervals > 0.05, "{truth:?}: {wrong:?}");
    }
}
