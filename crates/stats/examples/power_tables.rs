//! Prints the tables of power and false positives in `docs/METHODOLOGY.md`, by simulation.
//!
//! `cargo run --release -p bakeoff-stats --example power_tables [RUNS]`

use bakeoff_stats::power::{Design, NoiseModel, count_runs};
use bakeoff_stats::verdict::Verdict::{Faster, SlightlyFaster, SlightlySlower, Slower};

fn main() {
    let runs = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(600);
    for (all_pairs, discarded_trial) in [(false, false), (false, true), (true, false), (true, true)]
    {
        println!(
            "\ncomparisons: {}, discarded trial: {discarded_trial}",
            if all_pairs { "all pairs" } else { "baseline" }
        );
        println!("rounds   2 %   3 %   5 %   2 % bi   3 % bi   5 % bi   A/A   A/A bi");
        for rounds in [12, 20, 30, 40, 60] {
            let mut line = format!("{rounds:>6}");
            for machine in [NoiseModel::SHARED, NoiseModel::BIMODAL] {
                for slower in [0.02, 0.03, 0.05] {
                    let design =
                        Design { discarded_trial, all_pairs, ..Design::of_five(slower, rounds) };
                    let place = design.pairs().iter().position(|&pair| pair == (4, 0)).unwrap_or(0);
                    let found = count_runs(&machine, &design, runs, 1, |run| {
                        matches!(run.verdicts().nth(place), Some(Slower | SlightlySlower))
                    });
                    line += &format!("  {:>4.0}", found.share() * 100.0);
                }
            }
            for machine in [NoiseModel::SHARED, NoiseModel::BIMODAL] {
                let design = Design { discarded_trial, all_pairs, ..Design::of_five(0.0, rounds) };
                let false_positives = count_runs(&machine, &design, runs, 2, |run| {
                    run.verdicts()
                        .any(|w| matches!(w, Faster | SlightlyFaster | Slower | SlightlySlower))
                });
                line += &format!("  {:>4.1}", false_positives.share() * 100.0);
            }
            println!("{line}");
        }
    }
}
