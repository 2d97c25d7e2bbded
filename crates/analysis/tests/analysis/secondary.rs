//! Tests latency, thread scaling and instructions.

use crate::fixture::{Fixture, SyntheticVariant, round_of, slot};
use bakeoff_analysis::analyze;
use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::results::{Cell, RateRange, ResponseTimeFigures, ScenarioResults};
use bakeoff_protocol::sample::{Disturbance, Record, TrialRecord};
use bakeoff_protocol::trial::{Load, Meter, MeterReport, RateStepReport, TimingCalibration};
use bakeoff_stats::histogram::{Histogram, encode};
use jiff::SignedDuration;

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

fn about(value: f64, expected: f64) -> bool {
    (value / expected - 1.0).abs() < 0.001
}

const TIMING: TimingCalibration =
    TimingCalibration { mean_gap: 1, clock_ns: 25.0, overhead_share: 0.01 };

#[test]
fn percentiles_are_computed_over_all_rounds() {
    let fixture = two();
    let records = with_secondary_group(&fixture, "lru", "closed", |trial| {
        trial.spec.meter = Meter::Latency;
        // One round in thirty contains stalls.
        let slow = if round_of(trial) == 7 { 600 } else { 0 };
        let values = (0..1_000).map(|i| if i < slow { 50_000_000 } else { 2_000 });
        let report = trial.report_mut().unwrap();
        report.counts.requests = 1_000;
        report.meter = MeterReport::Latency { histogram: encoded(values), timing: TIMING };
    });
    let results = results(&fixture, &records, &["closed"]);
    let cell = cell(&results, "lru", Meter::Latency, Load::ONE).unwrap();
    let figures = cell.latency().unwrap();
    let latency = figures.percentiles.as_ref().unwrap();
    // 600 of 30,000 requests: 2 %.
    assert!(about(latency.p90.value, 2_000.0), "{latency:?}");
    assert!(about(latency.p99.value, 50_000_000.0), "{latency:?}");
    assert!(about(latency.p99.low, 2_000.0) && about(latency.p99.high, 50_000_000.0));
    assert!(about(latency.p50.high, 50_000_000.0) && about(latency.max.value, 50_000_000.0));
    assert_eq!((latency.timed, latency.p99.samples), (30_000, 30));
    assert_eq!(latency.timing.unwrap().mean_gap, 1);
    assert!(
        latency.curve.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1])
    );
    assert_eq!(latency.curve.last().unwrap()[0], 100.0);
    assert_eq!((figures.rounds.len(), figures.samples.len()), (30, 30));
    assert!(about(figures.samples[7], 50_000_000.0) && about(figures.samples[8], 2_000.0));
}

/// Adds a sweep over 1,000 and 4,000 requests/s to every round. The lower rate is sustained with a
/// p99 of 0.1 ms; `higher` returns p99 in ms and the completed share at the higher rate.
fn with_rates(fixture: &Fixture, higher: impl Fn(u32) -> (f64, f64)) -> ResponseTimeFigures {
    let records = with_secondary_group(fixture, "lru", "rates", |trial| {
        trial.spec.meter = Meter::ResponseTime;
        let round = round_of(trial);
        let step = |requests_per_second: u32, p99_ms: f64, completed_share: f64| RateStepReport {
            requests_per_second,
            requests: u64::from(requests_per_second),
            elapsed_ns: (1e9 / completed_share) as u64,
            missed_deadlines: u64::from(requests_per_second) / 10,
            histogram: encoded((0..1_000).map(|_| (p99_ms * 1e6) as u64)),
        };
        let (p99_ms, completed_share) = higher(round);
        let steps = vec![step(1_000, 0.1, 1.0), step(4_000, p99_ms, completed_share)];
        trial.report_mut().unwrap().meter = MeterReport::ResponseTime { steps, timing: TIMING };
    });
    let results = results(fixture, &records, &["rates"]);
    results.response_time("lru").unwrap().clone()
}

#[test]
fn response_times_have_figures_at_every_rate_and_a_highest_rate() {
    let figures = with_rates(&two(), |round| (if round < 20 { 10.0 } else { 2.0 }, 1.0));
    let [low, high] = &figures.rates[..] else { panic!("{figures:?}") };
    assert_eq!((low.requests_per_second, high.requests_per_second), (1_000, 4_000));
    assert_eq!((low.rounds.len(), low.saturated, low.missed_share), (30, false, 0.1));
    assert!(about(high.percentiles.as_ref().unwrap().p99.high, 10e6), "{high:?}");
    let highest = figures.highest_rate.unwrap();
    // In two of three rounds, 1 ms is halfway from 0.1 ms to 10 ms.
    assert!(about(highest.requests_per_second.median, 2_000.0), "{highest:?}");
    assert!(highest.requests_per_second.high > 2_500.0, "{highest:?}");
    assert_eq!((highest.within, highest.high_is_lower_bound), (RateRange::Measured, false));
}

#[test]
fn a_percentile_at_a_rate_is_the_median_over_the_rounds() {
    let figures = with_rates(&two(), |round| (if round < 10 { 10.0 } else { 2.0 }, 1.0));
    let p99 = figures.rates[1].percentiles.as_ref().unwrap().p99;
    assert!(about(p99.value, 2e6) && about(p99.high, 10e6), "{p99:?}");
}

#[test]
fn saturated_variant_is_marked_at_the_rate_that_it_cannot_sustain() {
    let figures = with_rates(&two(), |_| (300.0, 0.5));
    assert_eq!(figures.saturated_at(), Some(4_000));
    let high = &figures.rates[1];
    assert_eq!((high.saturated_rounds, high.completed_share), (30, 0.5));
    assert!(figures.highest_rate.unwrap().requests_per_second.high <= 2_000.0, "{figures:?}");
    let sometimes = with_rates(&two(), |round| (2.0, if round < 10 { 0.5 } else { 1.0 }));
    assert_eq!((sometimes.saturated_at(), sometimes.rates[1].saturated_rounds), (None, 10));
}

#[test]
fn highest_rate_without_a_slow_round_is_a_lower_bound() {
    let highest = with_rates(&two(), |_| (0.2, 1.0)).highest_rate.unwrap();
    assert_eq!(highest.requests_per_second.median, 4_000.0);
    assert_eq!((highest.within, highest.high_is_lower_bound), (RateRange::AtOrAboveMeasured, true));
}

#[test]
fn one_round_is_one_sample() {
    let fixture = Fixture { rounds: 1, ..two() };
    let figures = with_rates(&fixture, |_| (10.0, 1.0));
    assert_eq!(figures.highest_rate.unwrap().requests_per_second.samples, 1);
    assert_eq!(figures.rates[0].percentiles.as_ref().unwrap().p99.samples, 1);
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
