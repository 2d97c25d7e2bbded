//! Tests false positives, coverage and power of the whole design on simulated machines.
//!
//! Seeds are fixed, so these tests do not fail by chance. Each fraction is printed with its
//! Clopper–Pearson interval.

use bakeoff_protocol::exploration::{RoundsEndReason, StoppingRule};
use bakeoff_stats::power::{
    Design, NoiseModel, SimulatedRun, SpeedChanges, Tally, count_runs, simulate,
};
use bakeoff_stats::verdict::Verdict::{
    self, Equivalent, Faster, Inconclusive, SlightlyFaster, SlightlySlower, Slower,
};

/// Formats a fraction with its interval.
fn describe(tally: &Tally) -> String {
    let interval = tally.interval();
    format!("{} of {}, [{:.3}, {:.3}]", tally.count, tally.total, interval.low, interval.high)
}

fn is_directional(verdict: Verdict) -> bool {
    matches!(verdict, Faster | SlightlyFaster | Slower | SlightlySlower)
}

#[test]
fn identical_variants_show_no_difference() {
    for (name, machine) in [("shared", NoiseModel::SHARED), ("bimodal", NoiseModel::BIMODAL)] {
        for (rounds, discarded_trial) in [(12, true), (30, true), (30, false), (60, true)] {
            let design = Design { discarded_trial, ..Design::of_five(0.0, rounds) };
            let tally =
                count_runs(&machine, &design, 1000, 1, |run| run.verdicts().any(is_directional));
            println!("{name}, {rounds} rounds, lead-in {discarded_trial}: {}", describe(&tally));
            assert!(tally.share() <= 0.05, "{name}, {rounds} rounds: {}", describe(&tally));
        }
    }
}

/// Returns a rule that stops when every interval is within 1 %.
fn until_precise(rounds: usize) -> StoppingRule {
    StoppingRule {
        precision: 0.01,
        minimum_rounds: 30,
        maximum_rounds: rounds as u32,
        budget_seconds: Some(300.0),
    }
}

#[test]
fn stopping_for_precision_or_time_adds_no_false_positives() {
    for (name, machine) in [("shared", NoiseModel::SHARED), ("bimodal", NoiseModel::BIMODAL)] {
        let stopping = Some(until_precise(100));
        let design = Design { stopping, ..Design::of_five(0.0, 100) };
        let tally = count_runs(&machine, &design, 500, 6, |run| run.verdicts().any(is_directional));
        let precise =
            count_runs(&machine, &design, 200, 6, |run| run.stopped == RoundsEndReason::Precision);
        println!("{name}: {}; stopped for precision: {}", describe(&tally), describe(&precise));
        assert!(tally.share() <= 0.05, "{name}: {}", describe(&tally));
        assert!(precise.count > 0, "{name}: no run stopped for precision");
    }
    // One pair, so the level is 5 %: the interval of a stopped run has the same coverage.
    let two = Design {
        effects: vec![0.0, 0.03],
        stopping: Some(StoppingRule { precision: 0.012, ..until_precise(100) }),
        ..Design::of_five(0.0, 100)
    };
    let tally = count_runs(&NoiseModel::SHARED, &two, 1000, 7, |run| covers(run, 0.03));
    println!("coverage: {}", describe(&tally));
    assert!(tally.interval().high >= 0.93 && tally.interval().low <= 0.98, "{}", describe(&tally));
}

#[test]
fn wrong_verdicts_are_rarer_than_the_level() {
    // True differences on both sides of 1 %, and exactly 1 %.
    let effects = vec![0.0, 0.005, 0.01_f64.ln_1p(), 0.02, -0.05];
    for (name, machine) in [("shared", NoiseModel::SHARED), ("bimodal", NoiseModel::BIMODAL)] {
        for rounds in [20, 60, 120] {
            let design = Design { effects: effects.clone(), ..Design::of_five(0.0, rounds) };
            let truth: Vec<f64> =
                design.pairs().iter().map(|&(v, b)| effects[v] - effects[b]).collect();
            let tally = count_runs(&machine, &design, 500, 2, |run| {
                run.verdicts().zip(&truth).any(|(verdict, &truth)| is_wrong(verdict, truth))
            });
            println!("{name}, {rounds} rounds: {}", describe(&tally));
            assert!(tally.share() <= 0.05, "{name}, {rounds} rounds: {}", describe(&tally));
        }
    }
}

#[test]
fn equal_variants_do_not_pass_on_their_level() {
    // On a quiet machine nearly all equal variants are found equivalent. If their share of the
    // error were passed on, the one with the largest deviation would be found different far too
    // often.
    let machine = NoiseModel { noise: 0.007, burst_probability: 0.0, ..NoiseModel::SHARED };
    for rounds in [20, 30] {
        let design = Design::of_five(0.0, rounds);
        let tally =
            count_runs(&machine, &design, 1000, 3, |run| run.verdicts().any(is_directional));
        println!("{rounds} rounds: {}", describe(&tally));
        assert!(tally.share() <= 0.05, "{rounds} rounds: {}", describe(&tally));
    }
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

#[test]
fn intervals_cover_the_true_difference() {
    let drifting = NoiseModel { sine: 0.3, sine_seconds: 120.0, walk: 0.003, ..NoiseModel::SHARED };
    let jumping = NoiseModel {
        speed_changes: Some(SpeedChanges { cost: 0.69, mean_seconds: 20.0 }),
        burst_probability: 0.0,
        ..NoiseModel::SHARED
    };
    let quiet = NoiseModel { burst_probability: 0.0, sine: 0.0, walk: 0.0, ..NoiseModel::SHARED };
    let machines = [
        ("log-normal", quiet),
        ("shared", NoiseModel::SHARED),
        ("bimodal", NoiseModel::BIMODAL),
        ("jumping often", jumping),
        ("drifting", drifting),
    ];
    for (name, machine) in machines {
        for rounds in [12, 30, 60] {
            let truth = 0.03_f64;
            let effects = vec![0.0, truth];
            let design = Design { effects, ..Design::of_five(0.0, rounds) };
            let tally = count_runs(&machine, &design, 2000, 4, |run| covers(run, truth));
            println!("{name}, {rounds} rounds: {}", describe(&tally));
            let interval = tally.interval();
            assert!(
                interval.high >= 0.93 && interval.low <= 0.98 && tally.share() >= 0.93,
                "{name}, {rounds} rounds: {}",
                describe(&tally)
            );
        }
    }
}

/// True if the first pair's interval contains the true difference.
fn covers(run: &SimulatedRun, truth: f64) -> bool {
    run.pairs[0].is_some_and(|pair| pair.interval.contains(truth))
}

/// Percentages of runs that find a true difference of 2, 3 and 5 %, on the shared and on the
/// bimodal machine, with four pairs and no discarded trial.
const KNOWN: [(usize, [u64; 6]); 5] = [
    (12, [14, 28, 57, 9, 28, 54]),
    (20, [25, 55, 84, 22, 46, 78]),
    (30, [40, 76, 94, 39, 71, 91]),
    (40, [61, 88, 96, 55, 85, 94]),
    (60, [81, 94, 95, 75, 95, 94]),
];

#[test]
fn true_differences_are_found() {
    for (rounds, known) in KNOWN {
        let cells = [NoiseModel::SHARED, NoiseModel::BIMODAL]
            .into_iter()
            .flat_map(|machine| [0.02, 0.03, 0.05].map(|slower| (machine, slower)));
        for ((machine, slower), known) in cells.zip(known) {
            let design = Design::of_five(slower, rounds);
            let place = design.pairs().iter().position(|&pair| pair == (4, 0)).unwrap();
            let tally = count_runs(&machine, &design, 400, 5, |run| {
                matches!(run.verdicts().nth(place), Some(Slower | SlightlySlower))
            });
            let bimodal = machine.speed_changes.is_some();
            println!("{rounds} rounds, {slower}, bimodal {bimodal}: {}", describe(&tally));
            // Most cells are far better; no cell may be significantly worse, or worse by 3 points.
            let known = known as f64 / 100.0;
            assert!(
                tally.interval().high >= known && tally.share() >= known - 0.03,
                "{rounds} rounds, {slower}, bimodal {bimodal}: {} instead of {known}",
                describe(&tally)
            );
        }
    }
}

#[test]
fn runs_do_not_depend_on_the_number_of_threads() {
    let design = Design::of_five(0.02, 12);
    let (one, other) =
        (simulate(&NoiseModel::BIMODAL, &design, 7), simulate(&NoiseModel::BIMODAL, &design, 7));
    assert_eq!(one.pairs, other.pairs);
    assert_eq!(one.aa_control, other.aa_control);
    let tally =
        || count_runs(&NoiseModel::BIMODAL, &design, 40, 7, SimulatedRun::passes_aa_control);
    assert_eq!(tally(), tally());
}
