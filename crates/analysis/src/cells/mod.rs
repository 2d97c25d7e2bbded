//! The figures of each cell.

pub mod secondary;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::PacedOutcome;
use bakeoff_protocol::results::{Cell, Estimate};
use bakeoff_protocol::sample::{HitBounds, TrialRecord};
use bakeoff_protocol::trial::{Counts, Meter, TrialReport};
use bakeoff_stats::{median, modes, outliers, summarize};

use crate::select::{Scope, Series, age, usable};

/// All cells of a scenario: by variant in the user's order, then by meter, capacity and load.
pub fn of(scope: &Scope) -> Vec<Cell> {
    let mut cells: Vec<Cell> = scope
        .series
        .iter()
        .filter(|series| !series.twin && scope.variants.contains(&series.variant))
        .filter_map(|series| {
            let scaling_efficiency = secondary::efficiency(scope, series);
            Some(Cell { scaling_efficiency, ..timed(series)? })
        })
        .collect();
    cells.extend(secondary::of(scope));
    let mut groups: BTreeMap<_, Vec<&TrialRecord>> = BTreeMap::new();
    for trial in &scope.trials {
        let name = trial.spec.variant.as_str();
        let is_counted = matches!(
            trial.spec.meter,
            Meter::HitRatio | Meter::Memory | Meter::Paced | Meter::Instructions
        );
        let counted =
            is_counted && scope.variants.contains(&name) && !scope.wrong.contains_key(name);
        if counted && usable(trial).is_some() {
            let requests = usable(trial).map(|report| report.counts.requests);
            let cell = (name, trial.spec.meter, trial.spec.capacity, trial.spec.load, requests);
            groups.entry(cell).or_default().push(trial);
        }
    }
    for ((variant, meter, ..), trials) in &groups {
        let Some(latest) = trials.iter().max_by_key(|trial| age(trial)) else { continue };
        // Another key is another service or option: no longer what is asked.
        let current: Vec<&TrialRecord> =
            trials.iter().copied().filter(|t| t.key == latest.key).collect();
        cells.push(match meter {
            Meter::HitRatio => counted(scope, latest, &current),
            Meter::Paced => behaved(latest, &current),
            Meter::Instructions => instructed(latest, &current),
            _ => weighed(scope, variant, latest, &current),
        });
    }
    for cell in &mut cells {
        cell.scenario.clone_from(&scope.scenario.name);
    }
    let place = |cell: &Cell| scope.variants.iter().position(|name| *name == cell.variant);
    cells.sort_by_key(|cell| {
        (place(cell), cell.meter, cell.capacity, Reverse(cell.requests), cell.load)
    });
    cells
}

/// What users and the origin saw, all trials of the cell added up.
fn behaved(latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let reports: Vec<&TrialReport> = trials.iter().filter_map(|trial| usable(trial)).collect();
    let mut sum: Option<Box<PacedOutcome>> = None;
    for outcome in reports.iter().filter_map(|report| report.meter.paced()) {
        match &mut sum {
            None => sum = Some(Box::new(outcome.clone())),
            Some(sum) => sum.add(outcome),
        }
    }
    // Its process holds the harness's timelines, too: no figure of the strategy's memory.
    Cell { behaviour: sum, peak_rss_bytes: None, ..blank(latest, &reports) }
}

/// An instructions cell. Its samples are equal to the last digit where nothing is left to chance.
fn instructed(latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let reports: Vec<&TrialReport> = trials.iter().filter_map(|trial| usable(trial)).collect();
    let per_request = |report: &&TrialReport| {
        Some(report.meter.instructions()? as f64 / report.counts.requests as f64)
    };
    let samples: Vec<f64> = reports.iter().filter_map(per_request).collect();
    Cell {
        instructions_per_request: estimate(&samples),
        samples: sorted(samples),
        ..blank(latest, &reports)
    }
}

/// A cell without figures, described by one of its trials.
pub(super) fn blank(trial: &TrialRecord, reports: &[&TrialReport]) -> Cell {
    Cell {
        variant: trial.spec.variant.clone(),
        scenario: trial.spec.scenario.clone(),
        meter: trial.spec.meter,
        capacity: trial.spec.capacity,
        capacity_entries: trial.spec.capacity.entries(),
        entries_held: reports.iter().map(|report| report.entries_held).max(),
        load: trial.spec.load,
        capacity_as_configured: trial.observed.capacity_as_configured,
        requests: None,
        hit_ratio: None,
        hit_ratio_range: None,
        hit_ratio_after_warmup: None,
        byte_hit_ratio: None,
        by_tenant: Vec::new(),
        clairvoyant_hit_ratio: None,
        infinite_hit_ratio: None,
        section_hit_ratio: None,
        requests_per_second: None,
        bytes_per_entry: None,
        peak_rss_bytes: reports.iter().map(|report| report.peak_rss_bytes).max(),
        service_peak_bytes: None,
        service_bytes_per_entry: None,
        latency: None,
        instructions_per_request: None,
        scaling_efficiency: None,
        samples: Vec::new(),
        rounds: Vec::new(),
        outliers: Vec::new(),
        bimodal: false,
        behaviour: None,
        not_comparable: trial.observed.capacity_as_configured.then(|| {
            "the server keeps a capacity of its own; its hit ratio answers another question".into()
        }),
    }
}

/// A throughput cell; `None` for a series without rounds.
pub(super) fn timed(series: &Series) -> Option<Cell> {
    let (described, _) = series.trials.values().next_back()?;
    let reports: Vec<&TrialReport> = series.trials.values().map(|(_, report)| *report).collect();
    let rates = series.rates();
    let samples: Vec<f64> = rates.values().copied().collect();
    let logs: Vec<f64> = samples.iter().map(|rate| rate.ln()).collect();
    Some(Cell {
        section_hit_ratio: series.section_hit_ratio(),
        requests_per_second: estimate(&samples),
        outliers: outliers::outliers(&logs).into_iter().map(|place| place as u32).collect(),
        bimodal: modes::bimodal(&logs).is_some(),
        samples,
        rounds: rates.into_keys().collect(),
        ..blank(described, &reports)
    })
}

/// A hit-ratio cell.
fn counted(scope: &Scope, latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let reports: Vec<&TrialReport> = trials.iter().filter_map(|trial| usable(trial)).collect();
    let ratios: Vec<f64> = reports.iter().filter_map(|report| ratio(&report.counts)).collect();
    let low = ratios.iter().copied().reduce(f64::min);
    let high = ratios.iter().copied().reduce(f64::max);
    let last = usable(latest);
    let bounds = last.and_then(|report| bounds(scope, latest, report));
    Cell {
        requests: last.map(|report| report.counts.requests),
        hit_ratio: low.filter(|_| low == high),
        hit_ratio_range: low.zip(high).map(|(low, high)| [low, high]),
        hit_ratio_after_warmup: last.and_then(|r| r.meter.after_warmup()).and_then(ratio),
        byte_hit_ratio: last.and_then(|r| share(r.counts.hit_bytes, r.counts.read_bytes)),
        by_tenant: last.map_or_else(Vec::new, |r| r.counts.by_tenant.clone()),
        clairvoyant_hit_ratio: bounds.and_then(|b| share(b.optimal_hits, b.reads)),
        infinite_hit_ratio: bounds.and_then(|b| share(b.infinite_hits, b.reads)),
        ..blank(latest, &reports)
    }
}

/// A memory cell: what the strategy and its services hold, by entry, above what the harness
/// itself grows by over the same workload (seen with a strategy that stores nothing).
fn weighed(scope: &Scope, variant: &str, latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let harness = if scope.is_entrant(variant) { harness_growth(scope) } else { 0 };
    let reports: Vec<&TrialReport> = trials.iter().filter_map(|trial| usable(trial)).collect();
    let samples: Vec<f64> = trials
        .iter()
        .filter_map(|trial| {
            let report = usable(trial).filter(|report| report.entries_held > 0)?;
            let services: u64 = trial.observed.service_bytes.values().sum();
            let bytes = growth(report).saturating_sub(harness) + services;
            Some(bytes as f64 / report.entries_held as f64)
        })
        .collect();
    let services: Vec<f64> = trials.iter().filter_map(|trial| services_share(trial)).collect();
    Cell {
        bytes_per_entry: estimate(&samples),
        service_peak_bytes: trials
            .iter()
            .filter(|trial| !trial.observed.service_peak_bytes.is_empty())
            .map(|trial| trial.observed.service_peak_bytes.values().sum())
            .max(),
        service_bytes_per_entry: median(&services),
        samples: sorted(samples),
        ..blank(latest, &reports)
    }
}

/// Bytes that services hold for an entry, where there are services.
fn services_share(trial: &TrialRecord) -> Option<f64> {
    let report = usable(trial).filter(|report| report.entries_held > 0)?;
    let bytes: u64 = trial.observed.service_bytes.values().sum();
    (!trial.observed.service_bytes.is_empty()).then(|| bytes as f64 / report.entries_held as f64)
}

/// Median growth of the runners that only measure the harness; 0 where none was weighed.
fn harness_growth(scope: &Scope) -> u64 {
    let grown: Vec<f64> = scope
        .trials
        .iter()
        .filter(|trial| trial.spec.meter == Meter::Memory && scope.is_harness(&trial.spec.variant))
        .filter_map(|trial| usable(trial))
        .map(|report| growth(report) as f64)
        .collect();
    median(&grown).map_or(0, |bytes| bytes as u64)
}

/// What the runner's anonymous memory grew by.
fn growth(report: &TrialReport) -> u64 {
    report.rss_anon_after_bytes.saturating_sub(report.rss_anon_before_bytes)
}

/// HitBounds over the same requests at the same capacity.
fn bounds<'a>(
    scope: &Scope<'a>,
    trial: &TrialRecord,
    report: &TrialReport,
) -> Option<&'a HitBounds> {
    scope.bounds.iter().copied().find(|bounds| {
        bounds.requests == report.counts.requests
            && Some(bounds.capacity_entries) == trial.spec.capacity.entries()
    })
}

/// Hits by reads, where something was read.
fn ratio(counts: &Counts) -> Option<f64> {
    share(counts.hits, counts.reads)
}

/// A part of a whole, where there is a whole.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The median of samples with its 95 % interval.
pub(super) fn estimate(samples: &[f64]) -> Option<Estimate> {
    let summary = summarize(samples, 0.05)?;
    Some(Estimate {
        median: summary.median,
        low: summary.interval.low,
        high: summary.interval.high,
        confidence: summary.interval.confidence,
        samples: summary.samples as u32,
    })
}

/// The same samples, ascending.
fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    samples.sort_unstable_by(f64::total_cmp);
    samples
}
