//! Gates over whole results: what is proven, what is not, what cannot be told.

use crate::fixture::{Fixture, Invented};
use bakeoff_analysis::compute;
use bakeoff_analysis::gate::{Finding, Gate, Word, judge};
use bakeoff_protocol::Load;
use bakeoff_protocol::results::Results;
use serde_json::{Value, json};

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

/// Latency cells of both at a load: by how much the new one is slower in each round.
fn at_load(open_loop_percent: Option<u32>, changes: &[f64]) -> Vec<Value> {
    let rounds: Vec<u32> = (0..).take(changes.len()).collect();
    let slower: Vec<f64> = changes.iter().map(|change| 1000.0 * (1.0 + change)).collect();
    let level = vec![1000.0; changes.len()];
    let of = |(variant, samples): (&str, Vec<f64>)| {
        let load = Load { open_loop_percent, ..Load::ONE };
        json!({"variant": variant, "scenario": "s", "meter": "latency", "load": load,
               "capacity": {"entries": 10}, "samples": samples, "rounds": rounds})
    };
    [("old", level), ("new", slower)].map(of).to_vec()
}

fn p99(loads: &[Vec<Value>]) -> Finding {
    let results = serde_json::from_value(json!({
        "schema": 1, "name": "n", "cells": loads.concat(), "pairs": [],
        "scenarios": [{"scenario": "s", "proven": true, "unproven_because": [], "answer": "",
                       "winner": null}],
    }));
    judge(&results.unwrap(), &"p99 +5%".parse().unwrap(), "old", "new").remove(0)
}

#[test]
fn no_load_hides_behind_another() {
    let closed = at_load(None, &[0.02; 12]);
    let noisy: Vec<f64> = (0..12).map(|round| if round % 2 == 0 { 0.2 } else { -0.2 }).collect();
    let noisy = at_load(Some(90), &noisy);
    let slower = at_load(Some(50), &[0.08; 12]);
    assert_eq!(p99(std::slice::from_ref(&closed)).word, Word::NoRegression);
    let open = p99(&[closed.clone(), noisy.clone()]);
    assert_eq!(open.word, Word::Inconclusive, "{open}");
    assert!(open.because.ends_with("in the open loop at 90 %"), "{open}");
    let worse = p99(&[closed, noisy, slower]);
    assert_eq!(worse.word, Word::Regression, "{worse}");
    assert!(worse.because.ends_with("in the open loop at 50 %"), "{worse}");
}

#[test]
fn loads_of_few_rounds_are_told_of_and_do_not_leave_a_gate_open_for_ever() {
    let two = at_load(Some(90), &[1.7, 1.7]);
    let found = p99(&[at_load(None, &[0.02; 12]), two.clone()]);
    assert_eq!(found.word, Word::NoRegression);
    assert!(found.because.ends_with("in the closed loop"), "{found}");
    let said = "; not judged: a change of +170.00 % in the open loop at 90 % in 2 rounds, too few";
    assert!(found.to_string().ends_with(said), "{found}");
    // The closed loop is part of every round: of it, a gate has to know.
    let few = p99(&[at_load(None, &[0.02; 5]), two.clone()]);
    assert_eq!((few.word, few.change), (Word::Inconclusive, None));
    assert_eq!(p99(&[two, at_load(Some(50), &[0.0; 12])]).word, Word::Inconclusive);
}

#[test]
fn a_capacity_that_surely_lost_is_a_regression_whatever_others_did() {
    let cell = |variant: &str, entries: u64, range: [f64; 2]| {
        json!({"variant": variant, "scenario": "s", "meter": "hit-ratio", "load": Load::ONE,
               "capacity": {"entries": entries}, "capacity_entries": entries,
               "requests": 1000, "hit_ratio_range": range})
    };
    let found = |cells: &[Value]| {
        let results = serde_json::from_value(json!({
            "schema": 1, "name": "n", "cells": cells, "pairs": [],
            "scenarios": [{"scenario": "s", "proven": false, "unproven_because": [],
                           "answer": "", "winner": null}],
        }));
        judge(&results.unwrap(), &"hit-ratio -0.1pp".parse().unwrap(), "old", "new").remove(0)
    };
    let unsteady = [cell("old", 100, [0.5, 0.51]), cell("new", 100, [0.5, 0.51])];
    let lost = [cell("old", 200, [0.7; 2]), cell("new", 200, [0.695; 2])];
    assert_eq!(found(&unsteady).word, Word::Inconclusive);
    let worse = found(&[unsteady, lost].concat());
    assert_eq!(worse.word, Word::Regression, "{worse}");
    assert!(worse.because.ends_with("at a capacity of 200"), "{worse}");
    let same = [cell("old", 100, [0.5; 2]), cell("new", 100, [0.5; 2]), cell("old", 300, [0.8; 2])];
    let some = found(&same);
    assert_eq!(some.word, Word::NoRegression);
    assert_eq!(some.not_judged, ["a capacity of 300, which was not counted for both"]);
}
