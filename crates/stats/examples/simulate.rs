//! Prints what the design finds and makes up on simulated machines: the tables of
//! `docs/METHODOLOGY.md`.
//!
//! `cargo run --release -p bakeoff-stats --example simulate [RUNS]`

use bakeoff_stats::simulate::{Design, Machine, study};
use bakeoff_stats::verdict::Verdict::{Faster, SlightlyFaster, SlightlySlower, Slower};

fn main() {
    let runs = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(600);
    for (all_pairs, lead_in) in [(false, false), (false, true), (true, false), (true, true)] {
        println!(
            "\nfamily: {}, lead-in: {lead_in}",
            if all_pairs { "all pairs" } else { "baseline" }
        );
        println!("rounds   2 %   3 %   5 %   2 % bi   3 % bi   5 % bi   A/A   A/A bi");
        for rounds in [12, 20, 30, 40, 60] {
            let mut line = format!("{rounds:>6}");
            for machine in [Machine::SHARED, Machine::BIMODAL] {
                for slower in [0.02, 0.03, 0.05] {
                    let design = Design { lead_in, all_pairs, ..Design::of_five(slower, rounds) };
                    let place = design.pairs().iter().position(|&pair| pair == (4, 0)).unwrap_or(0);
                    let found = study(&machine, &design, runs, 1, |run| {
                        matches!(run.words().nth(place), Some(Slower | SlightlySlower))
                    });
                    line += &format!("  {:>4.0}", found.share() * 100.0);
                }
            }
            for machine in [Machine::SHARED, Machine::BIMODAL] {
                let design = Design { lead_in, all_pairs, ..Design::of_five(0.0, rounds) };
                let false_words = study(&machine, &design, runs, 2, |run| {
                    run.words()
                        .any(|w| matches!(w, Faster | SlightlyFaster | Slower | SlightlySlower))
                });
                line += &format!("  {:>4.1}", false_words.share() * 100.0);
            }
            println!("{line}");
        }
    }
}
