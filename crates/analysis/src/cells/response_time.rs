//! Computes response-time cells: percentiles at each request rate, and the highest rate within the
//! limit of p99.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{
    Cell, HighestRate, LatencyPercentiles, Measurement, NotComparable, RateFigures, RateRange,
    ResponseTimeFigures,
};
use bakeoff_protocol::trial::{RateStepReport, TimingCalibration, TrialReport};
use bakeoff_stats::histogram::{Histogram, HistogramError, decode};
use bakeoff_stats::median;

use super::cell::{cell, estimate};
use super::latency::{P99_INDEX, percentiles, quantiles, timing};
use crate::select::{Series, share};

/// Step of a sweep with its 99th percentile.
struct MeasuredStep<'a> {
    report: &'a RateStepReport,
    histogram: Histogram,
    p99_ns: f64,
}

/// Steps of one sweep, by ascending rate.
type Sweep<'a> = Vec<MeasuredStep<'a>>;

/// Computes the response-time cell of a series; it is not comparable if a histogram cannot be read.
pub fn response_time_cell(series: &Series, p99_limit_ns: u64) -> Option<Cell> {
    let (described, _) = series.trials.values().next_back()?;
    let reports: Vec<&TrialReport> = series.trials.values().map(|(_, report)| *report).collect();
    let window_hit_ratio = series.window_hit_ratio();
    let (figures, unreadable) = match sweeps(series) {
        Ok(sweeps) => {
            let figures = ResponseTimeFigures {
                rates: rates(&sweeps, timing(&reports)),
                highest_rate: highest_rate(&sweeps, p99_limit_ns),
                window_hit_ratio,
            };
            (figures, None)
        }
        Err(error) => {
            let reason = NotComparable::UnreadableHistogram { message: error.to_string() };
            (ResponseTimeFigures { window_hit_ratio, ..Default::default() }, Some(reason))
        }
    };
    let mut cell = cell(described, &reports, Measurement::ResponseTime(figures));
    if unreadable.is_some() {
        cell.not_comparable = unreadable;
    }
    Some(cell)
}

/// Steps of each round, without steps that timed no request.
fn sweeps<'a>(series: &Series<'a>) -> Result<BTreeMap<u32, Sweep<'a>>, HistogramError> {
    let mut sweeps = BTreeMap::new();
    for (&round, (_, report)) in &series.trials {
        let mut sweep = Vec::new();
        for step in report.meter.rate_steps() {
            let histogram = decode(&step.histogram)?;
            if !histogram.is_empty() {
                let p99_ns = histogram.value_at_quantile(0.99) as f64;
                sweep.push(MeasuredStep { report: step, histogram, p99_ns });
            }
        }
        sweep.sort_by_key(|step| step.report.requests_per_second);
        if !sweep.is_empty() {
            sweeps.insert(round, sweep);
        }
    }
    Ok(sweeps)
}

/// Returns the figures at each rate, by ascending rate.
fn rates(sweeps: &BTreeMap<u32, Sweep<'_>>, timing: Option<TimingCalibration>) -> Vec<RateFigures> {
    let mut by_rate: BTreeMap<u32, BTreeMap<u32, &MeasuredStep<'_>>> = BTreeMap::new();
    for (&round, sweep) in sweeps {
        for step in sweep {
            by_rate.entry(step.report.requests_per_second).or_default().insert(round, step);
        }
    }
    by_rate
        .into_iter()
        .map(|(requests_per_second, steps)| {
            let reports = || steps.values().map(|step| step.report);
            let histograms: BTreeMap<u32, Histogram> =
                steps.iter().map(|(&round, step)| (round, step.histogram.clone())).collect();
            let single = quantiles(&histograms);
            let completed: Vec<f64> = reports().map(RateStepReport::completed_share).collect();
            let missed = reports().map(|step| step.missed_deadlines).sum();
            let saturated_rounds = reports().filter(|step| step.is_saturated()).count();
            RateFigures {
                requests_per_second,
                saturated: 2 * saturated_rounds >= steps.len(),
                saturated_rounds: saturated_rounds as u32,
                completed_share: median(&completed).unwrap_or(0.0),
                missed_share: share(missed, reports().map(|step| step.requests).sum())
                    .unwrap_or(0.0),
                percentiles: percentiles(&histograms, &single, timing)
                    .map(|figures| median_percentiles(figures, &single)),
                samples: single.iter().map(|round| round[P99_INDEX] as f64).collect(),
                rounds: histograms.into_keys().collect(),
            }
        })
        .collect()
}

/// Replaces the percentiles of all rounds together by medians over the rounds.
///
/// One round with a pause of the machine would determine the p99 of all rounds together, and
/// contradict the highest rate within the limit, which is a median over rounds too.
fn median_percentiles(mut figures: LatencyPercentiles, rounds: &[Vec<u64>]) -> LatencyPercentiles {
    let LatencyPercentiles { p50, p90, p99, p99_9, .. } = &mut figures;
    for (index, figure) in [p50, p90, p99, p99_9].into_iter().enumerate() {
        let values: Vec<f64> = rounds.iter().map(|round| round[index] as f64).collect();
        figure.value = median(&values).unwrap_or(figure.value);
    }
    figures
}

/// Returns the median over rounds of the highest rate within the limit of p99, with its interval.
fn highest_rate(sweeps: &BTreeMap<u32, Sweep<'_>>, p99_limit_ns: u64) -> Option<HighestRate> {
    let found: Vec<(f64, RateRange)> =
        sweeps.values().filter_map(|sweep| highest_in(sweep, p99_limit_ns as f64)).collect();
    let rates: Vec<f64> = found.iter().map(|(rate, _)| *rate).collect();
    let requests_per_second = estimate(&rates)?;
    let count = |range: RateRange| found.iter().filter(|(_, of)| *of == range).count();
    let within = [RateRange::BelowMeasured, RateRange::AtOrAboveMeasured]
        .into_iter()
        .find(|&range| 2 * count(range) > found.len())
        .unwrap_or(RateRange::Measured);
    let unlimited = found.iter().filter(|(_, range)| *range == RateRange::AtOrAboveMeasured);
    let high_is_lower_bound =
        unlimited.map(|(rate, _)| *rate).any(|rate| rate >= requests_per_second.high);
    Some(HighestRate { p99_limit_ns, requests_per_second, within, high_is_lower_bound })
}

/// Returns the highest rate within the limit in one sweep.
///
/// A pause of the machine can exceed the limit at a low rate, so the highest sustained rate within
/// the limit counts. From it to the next rate, log p99 is assumed to be linear in the log rate.
fn highest_in(sweep: &Sweep<'_>, limit_ns: f64) -> Option<(f64, RateRange)> {
    let rate = |step: &MeasuredStep<'_>| f64::from(step.report.requests_per_second);
    let is_within =
        |step: &MeasuredStep<'_>| step.p99_ns <= limit_ns && !step.report.is_saturated();
    let Some(last) = sweep.iter().rposition(is_within) else {
        return Some((rate(sweep.first()?), RateRange::BelowMeasured));
    };
    let below = sweep.get(last)?;
    let Some(above) = sweep.get(last + 1) else {
        return Some((rate(below), RateRange::AtOrAboveMeasured));
    };
    // The p99 of a saturated step can be within the limit if the step was short.
    let share = if above.p99_ns > limit_ns {
        (limit_ns / below.p99_ns.max(1.0)).ln() / (above.p99_ns / below.p99_ns.max(1.0)).ln()
    } else {
        1.0
    };
    let between = rate(below) * (rate(above) / rate(below)).powf(share.clamp(0.0, 1.0));
    // No more requests can be answered in time than are completed.
    let most = above.report.completed_per_second().max(rate(below));
    Some((between.min(most), RateRange::Measured))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(p99_ns: u64) -> Histogram {
        let mut histogram = Histogram::new_with_bounds(1, 600_000_000_000, 3).unwrap();
        histogram.record(p99_ns).unwrap();
        histogram
    }

    /// Report of a rate at which `completed_share` of the scheduled rate is completed.
    fn report(requests_per_second: u32, completed_share: f64) -> RateStepReport {
        RateStepReport {
            requests_per_second,
            requests: u64::from(requests_per_second),
            elapsed_ns: (1e9 / completed_share) as u64,
            ..RateStepReport::default()
        }
    }

    /// Highest rate within 1 ms in a sweep of (rate, p99 in µs, completed share).
    fn highest(steps: &[(u32, f64, f64)]) -> (f64, RateRange) {
        let reports: Vec<RateStepReport> =
            steps.iter().map(|&(rate, _, completed)| report(rate, completed)).collect();
        let step = |(report, &(_, p99_us, _))| MeasuredStep {
            report,
            histogram: histogram(1),
            p99_ns: p99_us * 1e3,
        };
        let sweep = reports.iter().zip(steps).map(step).collect();
        let (rate, range) = highest_in(&sweep, 1e6).unwrap();
        (rate.round(), range)
    }

    #[test]
    fn the_highest_rate_is_interpolated_between_measured_rates() {
        // 1 ms is halfway from 100 µs to 10 ms, and 2,000 halfway from 1,000 to 4,000.
        let between = highest(&[(1_000, 100.0, 1.0), (4_000, 10_000.0, 1.0)]);
        assert_eq!(between, (2_000.0, RateRange::Measured));
        let pause = highest(&[(500, 5_000.0, 1.0), (1_000, 100.0, 1.0), (4_000, 10_000.0, 1.0)]);
        assert_eq!(pause, between, "a pause at a low rate");
    }

    #[test]
    fn a_saturated_rate_limits_the_highest_rate_to_what_was_completed() {
        let saturated =
            |p99_us, completed| highest(&[(1_000, 100.0, 1.0), (4_000, p99_us, completed)]);
        assert_eq!(saturated(10_000.0, 0.8), (2_000.0, RateRange::Measured));
        assert_eq!(saturated(1_100.0, 0.5), (2_000.0, RateRange::Measured));
        assert_eq!(saturated(900.0, 0.5), (2_000.0, RateRange::Measured));
    }

    #[test]
    fn the_highest_rate_can_be_outside_the_measured_rates() {
        let fast = highest(&[(1_000, 100.0, 1.0), (4_000, 200.0, 1.0)]);
        assert_eq!(fast, (4_000.0, RateRange::AtOrAboveMeasured));
        let slow = highest(&[(1_000, 2_000.0, 1.0), (4_000, 9_000.0, 1.0)]);
        assert_eq!(slow, (1_000.0, RateRange::BelowMeasured));
        assert_eq!(highest(&[(1_000, 200.0, 0.5)]), (1_000.0, RateRange::BelowMeasured));
    }
}
