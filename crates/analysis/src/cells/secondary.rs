//! The figures of what is measured beside the main contest: latency, and other numbers of workers.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{Cell, LatencyFigures, Spread};
use bakeoff_protocol::trial::{Meter, Timing, TrialReport};
use bakeoff_stats::histogram::{self, Histogram, HistogramError, decode};
use bakeoff_stats::median;

use crate::cells::{blank, estimate, share, timed};
use crate::select::{Scope, Series};

/// Points of a latency curve between one percentile and the one half as far from 100.
const TICKS: u32 = 5;

/// Shares of the requests whose longest time is told: p50, p90, p99, p99.9 and the longest of all.
const SHARES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 1.0];
/// Place of p99 among them.
const P99: usize = 2;

/// The cells of all sets.
pub fn of(scope: &Scope) -> Vec<Cell> {
    let counts = |series: &&Series| !series.twin && scope.variants.contains(&series.variant);
    let cell = |series: &Series| match series.meter {
        Meter::Latency => latency(series),
        _ => scaled(scope, series),
    };
    scope.sets.iter().filter(counts).filter_map(cell).collect()
}

/// A latency cell. A histogram that cannot be read spoils it, and is said to.
fn latency(series: &Series) -> Option<Cell> {
    let (described, _) = series.trials.values().next_back()?;
    let reports: Vec<&TrialReport> = series.trials.values().map(|(_, report)| *report).collect();
    let mut cell = blank(described, &reports);
    match rounds(series) {
        Ok(rounds) => {
            let single: Vec<Vec<u64>> =
                rounds.values().map(|round| histogram::quantiles(round, &SHARES)).collect();
            cell.latency = figures(series, &reports, &rounds, &single);
            cell.rounds = rounds.keys().copied().collect();
            cell.samples = single.iter().map(|round| round[P99] as f64).collect();
        }
        Err(error) => cell.not_comparable = Some(error.to_string()),
    }
    cell.section_hit_ratio = series.section_hit_ratio();
    Some(cell)
}

/// The histogram of every round that timed anything.
fn rounds(series: &Series) -> Result<BTreeMap<u32, Histogram>, HistogramError> {
    let mut rounds = BTreeMap::new();
    for (&round, (_, report)) in &series.trials {
        if let Some(text) = report.meter.histogram() {
            rounds.insert(round, decode(text)?);
        }
    }
    rounds.retain(|_, histogram| !histogram.is_empty());
    Ok(rounds)
}

/// What the rounds say together, and how far apart they are by [`SHARES`]; `None` where none timed
/// anything.
fn figures(
    series: &Series,
    reports: &[&TrialReport],
    rounds: &BTreeMap<u32, Histogram>,
    single: &[Vec<u64>],
) -> Option<LatencyFigures> {
    let sum = histogram::sum(&rounds.values().collect::<Vec<_>>())?;
    let together = histogram::quantiles(&sum, &SHARES);
    let at = |place: usize| {
        let of_rounds = || single.iter().map(|round| round[place]);
        Spread {
            value: together[place] as f64,
            low: of_rounds().min().unwrap_or(0) as f64,
            high: of_rounds().max().unwrap_or(0) as f64,
        }
    };
    let missed = reports.iter().map(|report| report.meter.missed_deadlines()).sum();
    let rates: Vec<f64> = series.trials.values().filter_map(|(trial, _)| trial.spec.rate).collect();
    Some(LatencyFigures {
        p50: at(0),
        p90: at(1),
        p99: at(P99),
        p99_9: at(3),
        max: at(4),
        curve: histogram::curve(&sum, TICKS),
        timed: sum.len(),
        missed_share: share(missed, reports.iter().map(|report| report.counts.requests).sum())
            .unwrap_or(0.0),
        rate: median(&rates),
        timing: timing(reports),
    })
}

/// How requests were timed: medians over rounds.
fn timing(reports: &[&TrialReport]) -> Option<Timing> {
    let all: Vec<Timing> =
        reports.iter().filter_map(|report| report.meter.timing().copied()).collect();
    let of = |field: fn(&Timing) -> f64| median(&all.iter().map(field).collect::<Vec<_>>());
    Some(Timing {
        mean_gap: of(|timing| timing.mean_gap as f64)? as u64,
        clock_ns: of(|timing| timing.clock_ns)?,
        overhead_share: of(|timing| timing.overhead_share)?,
    })
}

/// A throughput cell with another number of workers.
fn scaled(scope: &Scope, series: &Series) -> Option<Cell> {
    let mut cell = timed(series)?;
    cell.scaling_efficiency = efficiency(scope, series);
    Some(cell)
}

/// What each worker does, as a share of what each does where there are fewest: in the rounds that
/// have both.
pub fn efficiency(scope: &Scope, series: &Series) -> Option<bakeoff_protocol::results::Estimate> {
    let fewest = scope
        .series
        .iter()
        .chain(&scope.sets)
        .filter(|other| {
            !other.twin
                && (other.variant, other.meter, other.capacity)
                    == (series.variant, series.meter, series.capacity)
        })
        .min_by_key(|other| other.load.workers)?;
    if fewest.load.workers >= series.load.workers {
        return None;
    }
    let (rates, base) = (series.rates(), fewest.rates());
    let factor = f64::from(fewest.load.workers) / f64::from(series.load.workers);
    let shares: Vec<f64> = rates
        .iter()
        .filter_map(|(round, rate)| Some(rate / base.get(round)? * factor))
        .filter(|share| share.is_finite())
        .collect();
    estimate(&shares)
}
