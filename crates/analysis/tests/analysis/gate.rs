//! Tests gates on complete results.

use crate::fixture::Fixture;
use bakeoff_analysis::gate::{Gate, evaluate};
use bakeoff_protocol::Load;
use bakeoff_protocol::results::gate::{Arrivals, GateFinding, GateVerdict, NotJudged};
use bakeoff_protocol::results::{Cell, Measurement, Results};
use serde_json::json;

/// Returns the results of a run with an old and a new variant.
fn compared(new_rate: f64, new_hits: f64, aa_ratio: f64) -> Results {
    let variants = [("old", 20e6, 0.95), ("new", 20e6 * new_rate, new_hits)];
    Fixture { aa_ratio, ..Fixture::of(&variants) }.results()
}

fn verdicts(results: &Results, gate: &str) -> Vec<GateVerdict> {
    let findings = evaluate(results, &gate.parse::<Gate>().unwrap(), "old", "new");
    findings.iter().map(|finding| finding.verdict).collect()
}

#[test]
fn regression_is_confirmed_by_the_whole_interval() {
    let slower = compared(0.9, 0.95, 1.0);
    assert_eq!(verdicts(&slower, "throughput -2%"), [GateVerdict::Regression]);
    assert_eq!(verdicts(&slower, "throughput -20%"), [GateVerdict::NoRegression]);
    assert_eq!(
        verdicts(&slower, "throughput -10%"),
        [GateVerdict::Inconclusive],
        "the change equals the tolerance"
    );
    let same = compared(1.0, 0.95, 1.0);
    assert_eq!(verdicts(&same, "throughput -2%, hit-ratio 0pp"), [GateVerdict::NoRegression; 2]);
    assert_eq!(
        verdicts(&same, "p99 +5%, instructions +1%"),
        [GateVerdict::Inconclusive; 2],
        "not measured"
    );
}

#[test]
fn gate_judges_the_new_variant() {
    let faster = compared(1.2, 0.95, 1.0);
    assert_eq!(verdicts(&faster, "throughput 0%"), [GateVerdict::NoRegression]);
    let findings = evaluate(&faster, &"throughput 0%".parse().unwrap(), "new", "old");
    assert_eq!(findings[0].verdict, GateVerdict::Regression, "with the roles exchanged");
}

#[test]
fn hit_ratios_are_exact_and_the_worst_capacity_counts() {
    let worse = compared(1.0, 0.94, 1.0);
    assert_eq!(verdicts(&worse, "hit-ratio -0.1pp"), [GateVerdict::Regression]);
    assert_eq!(verdicts(&worse, "hit-ratio -2pp"), [GateVerdict::NoRegression]);
    let findings = evaluate(&worse, &"hit-ratio -0.1pp".parse().unwrap(), "old", "new");
    assert!(findings[0].change.unwrap().capacity_entries.is_some(), "{findings:?}");
}

#[test]
fn unconfirmed_run_does_not_fail_the_gate() {
    let unconfirmed = compared(0.5, 0.94, 1.2);
    assert!(!unconfirmed.scenarios[0].confirmed);
    assert_eq!(verdicts(&unconfirmed, "throughput -2%"), [GateVerdict::Inconclusive]);
    // Counts do not depend on the machine.
    assert_eq!(verdicts(&unconfirmed, "hit-ratio -0.1pp"), [GateVerdict::Regression]);
}

/// Returns the results of the fixture with `cells` as its only cells.
fn with_cells(cells: Vec<Cell>) -> Results {
    let mut results = compared(1.0, 0.95, 1.0);
    results.scenarios[0].cells = cells;
    results
}

/// Returns cells of both variants with latencies in the closed loop (`None`) or at a request rate;
/// `changes` has the change of p99 in each round.
fn at(rate: Option<u32>, changes: &[f64]) -> Vec<Cell> {
    let rounds: Vec<u32> = (0..).take(changes.len()).collect();
    let slower: Vec<f64> = changes.iter().map(|change| 1000.0 * (1.0 + change)).collect();
    let level = vec![1000.0; changes.len()];
    let cell = |(variant, samples): (&str, Vec<f64>)| -> Cell {
        let mut cell = json!({
            "variant": variant, "scenario": "s", "load": Load::ONE, "capacity": {"entries": 10},
        });
        match rate {
            None => {
                cell["meter"] = json!("latency");
                (cell["samples"], cell["rounds"]) = (json!(samples), json!(rounds));
            }
            Some(rate) => {
                cell["meter"] = json!("response-time");
                cell["rates"] = json!([{
                    "requests_per_second": rate, "saturated": false, "saturated_rounds": 0,
                    "completed_share": 1.0, "missed_share": 0.0,
                    "samples": samples, "rounds": rounds,
                }]);
            }
        }
        serde_json::from_value(cell).unwrap()
    };
    [("old", level), ("new", slower)].map(cell).to_vec()
}

fn first_finding(cells: Vec<Cell>, gate: &str) -> GateFinding {
    evaluate(&with_cells(cells), &gate.parse().unwrap(), "old", "new").remove(0)
}

fn p99(cells: &[Vec<Cell>]) -> GateFinding {
    first_finding(cells.concat(), "p99 +5%")
}

fn rate(finding: &GateFinding) -> Option<u32> {
    match finding.change.unwrap().arrivals.unwrap() {
        Arrivals::ClosedLoop { .. } => None,
        Arrivals::OpenLoop { requests_per_second } => Some(requests_per_second),
    }
}

#[test]
fn latencies_are_paired_by_round() {
    // Rounds differ by far more than the two variants within a round.
    let by_round = |p99: f64| (1..=12).map(|round| p99 * f64::from(round)).collect::<Vec<_>>();
    let mut cells = at(None, &[0.0; 12]);
    for (cell, p99) in cells.iter_mut().zip([1000.0, 1080.0]) {
        let Measurement::Latency(figures) = &mut cell.measurement else {
            panic!("a latency cell");
        };
        figures.samples = by_round(p99);
    }
    assert_eq!(p99(&[cells]).verdict, GateVerdict::Regression);
}

#[test]
fn instructions_are_compared_by_their_intervals() {
    let verdict = |new: f64, gate: &str| {
        let cell = |(variant, count): (&str, f64)| -> Cell {
            let [low, median, high] = [0.999, 1.0, 1.001].map(|by| count * by);
            let cell = json!({
                "variant": variant, "scenario": "s", "meter": "instructions", "load": Load::ONE,
                "capacity": {"entries": 10}, "samples": [],
                "instructions_per_request": {
                    "median": median, "low": low, "high": high, "confidence": 0.95, "samples": 12,
                },
            });
            serde_json::from_value(cell).unwrap()
        };
        first_finding([("old", 200.0), ("new", new)].map(cell).to_vec(), gate).verdict
    };
    assert_eq!(verdict(201.0, "instructions +1%"), GateVerdict::NoRegression);
    assert_eq!(verdict(210.0, "instructions +1%"), GateVerdict::Regression);
    assert_eq!(verdict(210.0, "instructions +5%"), GateVerdict::Inconclusive);
}

#[test]
fn every_rate_is_judged() {
    let closed = at(None, &[0.02; 12]);
    let noisy: Vec<f64> = (0..12).map(|round| if round % 2 == 0 { 0.2 } else { -0.2 }).collect();
    let noisy = at(Some(90), &noisy);
    let slower = at(Some(50), &[0.08; 12]);
    assert_eq!(p99(std::slice::from_ref(&closed)).verdict, GateVerdict::NoRegression);
    let open = p99(&[closed.clone(), noisy.clone()]);
    assert_eq!((open.verdict, rate(&open)), (GateVerdict::Inconclusive, Some(90)));
    let worse = p99(&[closed, noisy, slower]);
    assert_eq!((worse.verdict, rate(&worse)), (GateVerdict::Regression, Some(50)));
}

#[test]
fn a_new_saturation_is_a_regression() {
    let saturated = |variant: &str| {
        let mut cells = at(Some(90), &[40.0; 12]);
        for cell in cells.iter_mut().filter(|cell| cell.variant == variant) {
            let Measurement::ResponseTime(figures) = &mut cell.measurement else {
                panic!("a response-time cell");
            };
            figures.rates[0].saturated = true;
        }
        p99(&[at(None, &[0.0; 12]), cells]).verdict
    };
    assert_eq!(saturated("new"), GateVerdict::Regression);
    assert_eq!(saturated("old"), GateVerdict::NoRegression, "the old variant does not sustain it");
}

#[test]
fn rates_with_few_rounds_are_reported_and_do_not_leave_the_gate_open() {
    let two = at(Some(90), &[1.7, 1.7]);
    let found = p99(&[at(None, &[0.02; 12]), two.clone()]);
    assert_eq!((found.verdict, rate(&found)), (GateVerdict::NoRegression, None));
    let [NotJudged::Latency { arrivals, change, rounds }] = &found.not_judged[..] else {
        panic!("{found:?}");
    };
    assert_eq!((*arrivals, *rounds), (Arrivals::OpenLoop { requests_per_second: 90 }, 2));
    assert!((change.unwrap() - 1.7).abs() < 1e-9);
    // The closed loop is part of every round and must be judged.
    let few = p99(&[at(None, &[0.02; 5]), two.clone()]);
    assert_eq!((few.verdict, few.change), (GateVerdict::Inconclusive, None));
    assert_eq!(p99(&[two, at(Some(50), &[0.0; 12])]).verdict, GateVerdict::Inconclusive);
}

#[test]
fn regression_at_one_capacity_is_a_regression() {
    let cell = |variant: &str, entries: u64, range: [f64; 2]| -> Cell {
        let cell = json!({
            "variant": variant, "scenario": "s", "meter": "hit-ratio", "load": Load::ONE,
            "capacity": {"entries": entries}, "capacity_entries": entries,
            "requests": 1000, "hit_ratio_range": range,
        });
        serde_json::from_value(cell).unwrap()
    };
    let found = |cells: &[Cell]| first_finding(cells.to_vec(), "hit-ratio -0.1pp");
    let unsteady = [cell("old", 100, [0.5, 0.51]), cell("new", 100, [0.5, 0.51])];
    let lost = [cell("old", 200, [0.7; 2]), cell("new", 200, [0.695; 2])];
    assert_eq!(found(&unsteady).verdict, GateVerdict::Inconclusive);
    let worse = found(&[unsteady, lost].concat());
    assert_eq!(worse.verdict, GateVerdict::Regression, "{worse:?}");
    assert_eq!(worse.change.unwrap().capacity_entries, Some(200));
    let same = [cell("old", 100, [0.5; 2]), cell("new", 100, [0.5; 2]), cell("old", 300, [0.8; 2])];
    let some = found(&same);
    assert_eq!(some.verdict, GateVerdict::NoRegression);
    assert_eq!(some.not_judged, [NotJudged::Capacity { capacity_entries: Some(300) }]);
}
