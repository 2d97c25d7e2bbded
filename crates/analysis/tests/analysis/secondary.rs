//! Tests latency, thread scaling and instructions.

use crate::fixture::{Fixture, SyntheticVariant, round_of, slot};
use bakeoff_analysis::analyze;
use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::results::{Cell, ScenarioResults};
use bakeoff_protocol::sample::{Disturbance, Record, TrialRecord};
use bakeoff_protocol::trial::{Load, Meter, MeterReport, TimingCalibration};
use bakeoff_stats::histogram::{Histogram, encode};
use jiff::SignedDuration;

const OPEN: Load = Load { open_loop_percent: Some(50), ..Load::ONE };

fn encoded(values: impl IntoIterator<Item = u64>) -> String {
    let mut histogram = Histogram::new_with_bounds(1, 600_000_000_000, 3).unwrap();
    values.into_iter().for_each(|value| histogram.record(value).unwrap());
    encode(&histogram).unwrap()
}

/// Returns the records of a fixture, with a trial in a secondary group for every timed trial of
/// `variant`.
fn with_secondary_group(
    fixture: &Fixture,
    variant: &str,
    round_group: &str,
    mut change: impl FnMut(&mut TrialRecord),
) -> Vec<Record> {
    let mut records = fixture.records();
    let mut more = Vec::new();
    for record in &records {
        match record {
            Record::Trial(trial)
                if trial.spec.variant == variant
                    && trial.timed_slot().is_some_and(|slot| !slot.aa_control) =>
            {
                let mut trial = trial.clone();
                slot(&mut trial).round_group = round_group.to_owned();
                change(&mut trial);
                more.push(Record::Trial(trial));
            }
            Record::Round { scenario, round, at, .. } => more.push(Record::Round {
                schema: SCHEMA_VERSION,
                scenario: scenario.clone(),
                round_group: round_group.to_owned(),
                round: *round,
                at: *at + SignedDuration::from_secs(1),
            }),
            _ => {}
        }
    }
    records.append(&mut more);
    records
}

fn results(fixture: &Fixture, records: &[Record], sets: &[&str]) -> ScenarioResults {
    let mut exploration = fixture.exploration();
    exploration.scenarios[0].secondary_groups = sets.iter().map(|&set| set.to_owned()).collect();
    let input = fixture.input_with(exploration, records.to_vec());
    analyze(&input, None).scenarios.remove(0)
}

fn cell(results: &ScenarioResults, variant: &str, meter: Meter, load: Load) -> Option<Cell> {
    let is_wanted =
        |cell: &&Cell| cell.variant == variant && cell.meter() == meter && cell.load == load;
    results.cells.iter().find(is_wanted).cloned()
}

fn two() -> Fixture {
    let variants = [("lru", 20e6, 0.94), ("moka", 2e6, 0.97)]
        .map(|(name, rate, skill)| SyntheticVariant::new(name, rate, skill));
    Fixture {
        variants: variants.to_vec(),
        baseline: String::from("lru"),
        rounds: 30,
        memory: false,
        scenarios: vec![String::from("user-profiles")],
        ..Fixture::typical()
    }
}

#[test]
fn percentiles_are_computed_over_all_rounds() {
    let fixture = two();
    let records = with_secondary_group(&fixture, "lru", "open", |trial| {
        trial.spec.meter = Meter::Latency;
        trial.spec.load = OPEN;
        trial.spec.rate = Some(1000.0);
        // One round in thirty contains stalls.
        let stalls = round_of(trial) == 7;
        let report = trial.report_mut().unwrap();
        report.counts.requests = 1_000;
        let slow = if stalls { 600 } else { 0 };
        let values = (0..1_000).map(|i| if i < slow { 50_000_000 } else { 2_000 });
        report.meter = MeterReport::Latency {
            histogram: encoded(values),
            timing: TimingCalibration { mean_gap: 1, clock_ns: 25.0, overhead_share: 0.01 },
            missed_deadlines: if stalls { 300 } else { 0 },
        };
    });
    let results = results(&fixture, &records, &["open"]);
    let cell = cell(&results, "lru", Meter::Latency, OPEN).unwrap();
    let figures = cell.latency().unwrap();
    let latency = figures.percentiles.as_ref().unwrap();
    let about = |value: f64, expected: f64| (value / expected - 1.0).abs() < 0.001;
    // 600 of 30,000 requests: 2 %.
    assert!(about(latency.p90.value, 2_000.0), "{latency:?}");
    assert!(about(latency.p99.value, 50_000_000.0), "{latency:?}");
    assert!(about(latency.p99.low, 2_000.0) && about(latency.p99.high, 50_000_000.0));
    assert!(about(latency.p50.high, 50_000_000.0) && about(latency.max.value, 50_000_000.0));
    assert_eq!((latency.timed, latency.missed_share), (30_000, 0.01));
    assert_eq!((latency.rate, latency.timing.unwrap().mean_gap), (Some(1000.0), 1));
    assert!(
        latency.curve.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1])
    );
    assert_eq!(latency.curve.last().unwrap()[0], 100.0);
    assert_eq!((figures.rounds.len(), figures.samples.len()), (30, 30));
    assert!(about(figures.samples[7], 50_000_000.0) && about(figures.samples[8], 2_000.0));
}

#[test]
fn round_group_that_the_scenario_does_not_list_is_ignored() {
    let fixture = two();
    let plain = results(&fixture, &fixture.records(), &[]);
    let records = with_secondary_group(&fixture, "lru", "older", |trial| {
        trial.spec.load = Load { workers: 2, ..Load::ONE };
        trial.report_mut().unwrap().elapsed_ns *= 7;
    });
    assert_eq!(results(&fixture, &records, &[]), plain);
    let named = results(&fixture, &records, &["older"]);
    assert_eq!((&named.pairs, &named.conclusion), (&plain.pairs, &plain.conclusion));
    assert_eq!(named.cells.len(), plain.cells.len() + 1);
}

#[test]
fn scaling_efficiency_is_relative_to_the_fewest_workers() {
    let fixture = two();
    let loads = Load { workers: 4, ..Load::ONE };
    let records = with_secondary_group(&fixture, "lru", "four", |trial| {
        trial.spec.load = loads;
        // Four workers together have twice the throughput of one.
        trial.report_mut().unwrap().elapsed_ns /= 2;
    });
    let results = results(&fixture, &records, &["four"]);
    let four = cell(&results, "lru", Meter::Throughput, loads).unwrap();
    let four = four.throughput().unwrap();
    let efficiency = four.scaling_efficiency.unwrap();
    assert!((efficiency.median - 0.5).abs() < 1e-6, "{efficiency:?}");
    assert!(four.requests_per_second.median > 35e6);
    let one = cell(&results, "lru", Meter::Throughput, Load::ONE).unwrap();
    assert_eq!(one.throughput().unwrap().scaling_efficiency, None);
}

#[test]
fn instructions_are_reported_per_request() {
    let fixture = two();
    let mut records = fixture.records();
    let counted: Vec<Record> = records
        .iter()
        .filter_map(|record| match record {
            Record::Trial(trial)
                if trial.spec.meter == Meter::HitRatio && trial.spec.variant == "lru" =>
            {
                let mut trial = trial.clone();
                trial.spec.meter = Meter::Instructions;
                let report = trial.report_mut().unwrap();
                let count = Some(report.counts.requests * 250);
                report.meter = MeterReport::Instructions { count };
                Some(Record::Trial(trial))
            }
            _ => None,
        })
        .take(1)
        .collect();
    records.extend(counted.iter().cloned().chain(counted.iter().cloned()));
    let results = results(&fixture, &records, &[]);
    let figures = results.cells.iter().find_map(Cell::instructions).unwrap();
    let figure = figures.instructions_per_request.unwrap();
    assert_eq!((figure.median, figure.low, figure.high), (250.0, 250.0, 250.0));
    assert_eq!(figures.samples, [250.0, 250.0]);
}

#[test]
fn unreadable_histogram_makes_the_cell_not_comparable() {
    let fixture = two();
    let records = with_secondary_group(&fixture, "lru", "set", |trial| {
        trial.spec.meter = Meter::Latency;
        trial.report_mut().unwrap().meter = MeterReport::Latency {
            histogram: String::from("garbage"),
            timing: TimingCalibration::default(),
            missed_deadlines: 0,
        };
    });
    let results = results(&fixture, &records, &["set"]);
    let cell = cell(&results, "lru", Meter::Latency, Load::ONE).unwrap();
    assert!(cell.latency().unwrap().percentiles.is_none() && cell.not_comparable.is_some());
}

#[test]
fn disturbances_are_counted_and_change_no_figure() {
    let fixture = two();
    let plain = results(&fixture, &fixture.records(), &[]);
    let mut records = fixture.records();
    for record in &mut records {
        if let Record::Trial(trial) = record
            && trial.timed_slot().is_some()
            && round_of(trial) < 2
            && trial.spec.variant == "moka"
        {
            trial.observed.disturbances = vec![Disturbance::Steal, Disturbance::Switches];
            trial.observed.other_process_cpu_share = Some(0.4);
            slot(trial).attempt = 2;
        }
    }
    let disturbed = results(&fixture, &records, &[]);
    assert_eq!(disturbed.cells, plain.cells);
    let checks = &disturbed.round_checks;
    assert_eq!((checks.disturbed_trials, checks.repeated_trials), (2, 4));
    assert_eq!(checks.highest_others_share, Some(0.4));
    let counts: Vec<_> = checks.disturbances.iter().map(|one| (one.by, one.trials)).collect();
    assert_eq!(counts, [(Disturbance::Steal, 2), (Disturbance::Switches, 2)]);
}
