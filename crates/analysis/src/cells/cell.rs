//! Functions that compute the cells of every meter share.

use bakeoff_protocol::results::{Cell, Estimate, Measurement, NotComparable};
use bakeoff_protocol::sample::TrialRecord;
use bakeoff_protocol::trial::TrialReport;
use bakeoff_stats::summarize;

/// Creates a cell with the variant, scenario, capacity and load of a trial.
pub fn cell(trial: &TrialRecord, reports: &[&TrialReport], measurement: Measurement) -> Cell {
    Cell {
        variant: trial.spec.variant.clone(),
        scenario: trial.spec.scenario.clone(),
        capacity: trial.spec.capacity,
        capacity_entries: trial.spec.capacity.entries(),
        load: trial.spec.load,
        server_capacity: trial.observed.capacity_as_configured,
        entries_held: reports.iter().map(|report| report.entries_held).max(),
        peak_rss_bytes: reports.iter().map(|report| report.peak_rss_bytes).max(),
        not_comparable: trial
            .observed
            .capacity_as_configured
            .then_some(NotComparable::ServerCapacity),
        measurement,
    }
}

/// Returns the median of samples with its 95 % interval.
pub fn estimate(samples: &[f64]) -> Option<Estimate> {
    let summary = summarize(samples, 0.05)?;
    Some(Estimate {
        median: summary.median,
        low: summary.interval.low,
        high: summary.interval.high,
        confidence: summary.interval.confidence,
        samples: summary.samples as u32,
    })
}

/// Returns the growth of the runner's anonymous memory during a trial, in bytes.
pub fn growth(report: &TrialReport) -> u64 {
    report.rss_anon_after_bytes.saturating_sub(report.rss_anon_before_bytes)
}
