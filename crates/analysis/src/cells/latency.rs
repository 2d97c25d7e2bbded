//! Computes latency cells: percentiles of the histograms of all rounds of a closed loop.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{
    Cell, LatencyFigures, LatencyPercentiles, Measurement, NotComparable, Spread,
};
use bakeoff_protocol::trial::{TimingCalibration, TrialReport};
use bakeoff_stats::histogram::{self, Histogram, HistogramError, decode};
use bakeoff_stats::median;

use super::cell::cell;
use crate::select::Series;

/// Number of points of a latency curve each time the distance to the 100th percentile halves.
const CURVE_TICKS: u32 = 5;
/// Quantiles: p50, p90, p99, p99.9 and the maximum.
const QUANTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 1.0];
/// Index of p99 in [`QUANTILES`].
pub(super) const P99_INDEX: usize = 2;
/// Share of the median latency above which the time of reading the clock is reported.
const SIGNIFICANT_CLOCK: f64 = 0.1;

/// Computes the latency cell of a series; it is not comparable if a histogram cannot be read.
pub fn latency_cell(series: &Series) -> Option<Cell> {
    let (described, _) = series.trials.values().next_back()?;
    let reports: Vec<&TrialReport> = series.trials.values().map(|(_, report)| *report).collect();
    let mut figures =
        LatencyFigures { window_hit_ratio: series.window_hit_ratio(), ..Default::default() };
    let mut unreadable = None;
    match histograms(series) {
        Ok(rounds) => {
            let single = quantiles(&rounds);
            figures.percentiles = percentiles(&rounds, &single, timing(&reports));
            figures.rounds = rounds.keys().copied().collect();
            figures.samples = single.iter().map(|round| round[P99_INDEX] as f64).collect();
        }
        Err(error) => {
            unreadable = Some(NotComparable::UnreadableHistogram { message: error.to_string() });
        }
    }
    let mut cell = cell(described, &reports, Measurement::Latency(figures));
    if unreadable.is_some() {
        cell.not_comparable = unreadable;
    }
    Some(cell)
}

/// Histograms by round, without rounds that timed no request.
fn histograms(series: &Series) -> Result<BTreeMap<u32, Histogram>, HistogramError> {
    let mut rounds = BTreeMap::new();
    for (&round, (_, report)) in &series.trials {
        if let Some(text) = report.meter.histogram() {
            rounds.insert(round, decode(text)?);
        }
    }
    rounds.retain(|_, histogram| !histogram.is_empty());
    Ok(rounds)
}

/// Quantiles of each round, in the order of [`QUANTILES`].
pub(super) fn quantiles(rounds: &BTreeMap<u32, Histogram>) -> Vec<Vec<u64>> {
    rounds.values().map(|round| histogram::quantiles(round, &QUANTILES)).collect()
}

/// Percentiles over all rounds; `None` if no request was timed.
pub(super) fn percentiles(
    rounds: &BTreeMap<u32, Histogram>,
    single: &[Vec<u64>],
    timing: Option<TimingCalibration>,
) -> Option<LatencyPercentiles> {
    let sum = histogram::sum(&rounds.values().collect::<Vec<_>>())?;
    let together = histogram::quantiles(&sum, &QUANTILES);
    let at = |index: usize| {
        let of_rounds = || single.iter().map(|round| round[index]);
        Spread {
            value: together[index] as f64,
            low: of_rounds().min().unwrap_or(0) as f64,
            high: of_rounds().max().unwrap_or(0) as f64,
            samples: single.len() as u32,
        }
    };
    let p50 = at(0);
    Some(LatencyPercentiles {
        p50,
        p90: at(1),
        p99: at(P99_INDEX),
        p99_9: at(3),
        max: at(4),
        curve: histogram::curve(&sum, CURVE_TICKS),
        timed: sum.len(),
        timing,
        significant_clock_ns: timing
            .map(|timing| timing.clock_ns)
            .filter(|clock| *clock > SIGNIFICANT_CLOCK * p50.value),
    })
}

/// Returns the median over the rounds of each calibration figure of the timing.
pub(super) fn timing(reports: &[&TrialReport]) -> Option<TimingCalibration> {
    let all: Vec<TimingCalibration> =
        reports.iter().filter_map(|report| report.meter.timing().copied()).collect();
    let over_rounds =
        |field: fn(&TimingCalibration) -> f64| median(&all.iter().map(field).collect::<Vec<_>>());
    Some(TimingCalibration {
        mean_gap: over_rounds(|timing| timing.mean_gap as f64)? as u64,
        clock_ns: over_rounds(|timing| timing.clock_ns)?,
        overhead_share: over_rounds(|timing| timing.overhead_share)?,
    })
}
