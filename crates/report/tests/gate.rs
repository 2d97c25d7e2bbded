//! Gates over whole results: what is proven, what is not, what cannot be told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what is missing fails the test")]

mod fixture;

use bakeoff_protocol::results::Results;
use bakeoff_report::gate::{Gate, Word, judge};
use bakeoff_report::results::compute;
use fixture::{Fixture, Invented};

/// An old and a new one, as fast and as often right as is said.
fn compared(new_rate: f64, new_hits: f64, twin: f64) -> Results {
    let variants =
        vec![Invented::new("old", 20e6, 0.95), Invented::new("new", 20e6 * new_rate, new_hits)];
    let baseline = String::from("old");
    let fixture =
        Fixture { variants, baseline, rounds: 30, memory: false, twin, ..Fixture::typical() };
    compute(&fixture.exploration(), &fixture.records())
}

fn words(results: &Results, gate: &str) -> Vec<Word> {
    let findings = judge(results, &gate.parse::<Gate>().unwrap(), "old", "new");
    findings.iter().map(|finding| finding.word).collect()
}

#[test]
fn a_regression_is_proven_by_a_whole_interval() {
    let slower = compared(0.9, 0.95, 1.0);
    assert_eq!(words(&slower, "throughput -2%"), [Word::Regression]);
    assert_eq!(words(&slower, "throughput -20%"), [Word::NoRegression]);
    assert_eq!(words(&slower, "throughput -10%"), [Word::Inconclusive], "right on the mark");
    let same = compared(1.0, 0.95, 1.0);
    assert_eq!(words(&same, "throughput -2%, hit-ratio 0pp"), [Word::NoRegression; 2]);
    assert_eq!(words(&same, "p99 +5%, instructions +1%"), [Word::Inconclusive; 2], "not measured");
}

#[test]
fn the_one_that_is_judged_is_the_new_one() {
    let faster = compared(1.2, 0.95, 1.0);
    assert_eq!(words(&faster, "throughput 0%"), [Word::NoRegression]);
    let findings = judge(&faster, &"throughput 0%".parse().unwrap(), "new", "old");
    assert_eq!(findings[0].word, Word::Regression, "seen from the other side");
}

#[test]
fn hit_ratios_are_exact_and_the_worst_capacity_counts() {
    let worse = compared(1.0, 0.94, 1.0);
    assert_eq!(words(&worse, "hit-ratio -0.1pp"), [Word::Regression]);
    assert_eq!(words(&worse, "hit-ratio -2pp"), [Word::NoRegression]);
    let findings = judge(&worse, &"hit-ratio -0.1pp".parse().unwrap(), "old", "new");
    assert!(findings[0].because.contains("at a capacity of"), "{}", findings[0].because);
}

#[test]
fn a_run_that_cannot_be_believed_fails_no_build() {
    let unproven = compared(0.5, 0.94, 1.2);
    assert!(!unproven.scenarios[0].proven);
    assert_eq!(words(&unproven, "throughput -2%"), [Word::Inconclusive]);
    // Counts are counts, whatever the machine did.
    assert_eq!(words(&unproven, "hit-ratio -0.1pp"), [Word::Regression]);
}
