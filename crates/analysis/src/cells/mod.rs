//! Computes the figures of each cell: variant × capacity × load, by meter.

pub mod cell;
mod latency;
pub mod memory_growth;
mod response_time;

use std::collections::BTreeMap;

use bakeoff_protocol::results::{
    Cell, Estimate, HitRatioFigures, InstructionFigures, Measurement, MemoryFigures, PacedFigures,
    ProcessorUse, ThroughputFigures,
};
use bakeoff_protocol::sample::{HitBounds, TrialRecord};
use bakeoff_protocol::trial::{Counts, Meter, TrialReport};
use bakeoff_protocol::{DecidingQuantity, PacedOutcome};
use bakeoff_stats::{median, modes, outliers};
use cell::{cell, estimate, growth};
use memory_growth::memory_growth;

use crate::select::{Scope, Series, share, time_order, usable_report};

/// Returns all cells of a scenario: by variant in the user's order, then by meter, capacity and
/// load.
pub fn cells(scope: &Scope) -> Vec<Cell> {
    let counts = |series: &&Series| !series.aa_control && scope.variants.contains(&series.variant);
    let mut cells: Vec<Cell> = scope
        .series
        .iter()
        .chain(&scope.secondary)
        .filter(counts)
        .filter_map(|series| match series.meter {
            Meter::Latency => latency::latency_cell(series),
            Meter::ResponseTime => {
                response_time::response_time_cell(series, scope.scenario.p99_limit_ns)
            }
            _ => throughput(scope, series),
        })
        .collect();
    let mut groups: BTreeMap<_, Vec<&TrialRecord>> = BTreeMap::new();
    for trial in &scope.trials {
        let name = trial.spec.variant.as_str();
        let counted = !trial.spec.meter.has_rounds()
            && scope.variants.contains(&name)
            && !scope.wrong_answers.contains_key(name);
        if counted && usable_report(trial).is_some() {
            let cell = (name, trial.spec.meter, trial.spec.capacity, trial.spec.load);
            groups.entry(cell).or_default().push(trial);
        }
    }
    for ((variant, meter, ..), trials) in &groups {
        let Some(latest) = trials.iter().max_by_key(|trial| time_order(trial)) else { continue };
        // A trial with another key ran with other options or another version of a service.
        let current: Vec<&TrialRecord> =
            trials.iter().copied().filter(|t| t.key == latest.key).collect();
        cells.extend(match meter {
            Meter::HitRatio => hit_ratio(scope, latest, &current),
            Meter::Paced => paced(scope, latest, &current),
            Meter::Instructions => Some(instructions(latest, &current)),
            _ => Some(memory(scope, variant, latest, &current)),
        });
    }
    for cell in &mut cells {
        cell.scenario.clone_from(&scope.scenario.name);
    }
    let index = |cell: &Cell| scope.variants.iter().position(|name| *name == cell.variant);
    cells.sort_by_key(|cell| (index(cell), cell.meter(), cell.capacity, cell.load));
    cells
}

/// Computes the throughput cell of a series; `None` for a series without rounds.
fn throughput(scope: &Scope, series: &Series) -> Option<Cell> {
    let (described, _) = series.trials.values().next_back()?;
    let reports: Vec<&TrialReport> = series.trials.values().map(|(_, report)| *report).collect();
    let rates = series.rates();
    let samples: Vec<f64> = rates.values().copied().collect();
    let logs: Vec<f64> = samples.iter().map(|rate| rate.ln()).collect();
    let figures = ThroughputFigures {
        requests_per_second: estimate(&samples)?,
        window_hit_ratio: series.window_hit_ratio(),
        processor_use: processor_use(series),
        scaling_efficiency: scaling_efficiency(scope, series),
        outliers: outliers::outliers(&logs).into_iter().map(|index| index as u32).collect(),
        bimodal: modes::bimodal(&logs).is_some(),
        samples,
        rounds: rates.into_keys().collect(),
    };
    Some(cell(described, &reports, Measurement::Throughput(figures)))
}

/// Returns the processor use of load generator and services; `None` unless every read needs a
/// private service.
fn processor_use(series: &Series) -> Option<ProcessorUse> {
    let has_near_tier = |report: &TrialReport| report.counts.hits_by_tier.len() > 1;
    if series.trials.values().any(|(_, report)| has_near_tier(report)) {
        return None;
    }
    let workers = f64::from(series.load.workers.max(1));
    let generator =
        |report: &TrialReport| report.cpu_ns as f64 / (report.elapsed_ns.max(1) as f64 * workers);
    let services = series.trials.values().filter_map(|(trial, _)| {
        trial.observed.service_cpu_share.values().copied().reduce(f64::max)
    });
    let generators: Vec<f64> =
        series.trials.values().map(|(_, report)| generator(report)).collect();
    let services: Vec<f64> = services.collect();
    Some(ProcessorUse { generator: median(&generators)?, service: median(&services)? })
}

/// Returns the throughput per worker relative to the lowest number of workers, over the rounds with
/// both.
fn scaling_efficiency(scope: &Scope, series: &Series) -> Option<Estimate> {
    let fewest = scope
        .series
        .iter()
        .chain(&scope.secondary)
        .filter(|other| {
            !other.aa_control
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

fn hit_ratio(scope: &Scope, latest: &TrialRecord, trials: &[&TrialRecord]) -> Option<Cell> {
    let reports = reports(trials);
    let ratios: Vec<f64> = reports.iter().filter_map(|report| ratio(&report.counts)).collect();
    let low = ratios.iter().copied().reduce(f64::min);
    let high = ratios.iter().copied().reduce(f64::max);
    let last = usable_report(latest)?;
    let bounds = bounds(scope, latest);
    let figures = HitRatioFigures {
        requests: last.counts.requests,
        hit_ratio: low.filter(|_| low == high),
        hit_ratio_range: low.zip(high).map(|(low, high)| [low, high]),
        hit_ratio_after_warmup: last.meter.after_warmup().and_then(ratio),
        byte_hit_ratio: share(last.counts.hit_bytes, last.counts.read_bytes),
        by_tenant: last.counts.by_tenant.clone(),
        optimal_hit_ratio: bounds.and_then(|b| share(b.optimal_hits, b.reads)),
        infinite_hit_ratio: bounds.and_then(|b| share(b.infinite_hits, b.reads)),
        clock: last.meter.clock(),
    };
    Some(cell(latest, &reports, Measurement::HitRatio(figures)))
}

/// Computes a paced cell from the replay with the median value of the first paced deciding quantity.
fn paced(scope: &Scope, latest: &TrialRecord, trials: &[&TrialRecord]) -> Option<Cell> {
    let reports = reports(trials);
    let outcomes: Vec<&PacedOutcome> =
        reports.iter().filter_map(|report| report.meter.paced()).collect();
    let first = scope.scenario.decide.iter().map(|rule| rule.quantity).find(|one| one.is_paced());
    let sorted_by = first.unwrap_or(DecidingQuantity::FailedRequests);
    let mut sorted = outcomes.clone();
    sorted.sort_by(|a, b| {
        let value = |outcome| sorted_by.of(outcome).unwrap_or(0.0);
        value(a).total_cmp(&value(b))
    });
    let middle = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let samples = DecidingQuantity::ALL.into_iter().filter(|quantity| quantity.is_paced());
    let figures = PacedFigures {
        paced: middle.clone(),
        samples: samples
            .map(|quantity| {
                (quantity, outcomes.iter().filter_map(|one| quantity.of(one)).collect())
            })
            .collect(),
    };
    let measurement = Measurement::Paced(Box::new(figures));
    // The process also holds the harness's timelines, so its size is not the strategy's.
    Some(Cell { peak_rss_bytes: None, ..cell(latest, &reports, measurement) })
}

fn instructions(latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let reports = reports(trials);
    let per_request = |report: &&TrialReport| {
        Some(report.meter.instructions()? as f64 / report.counts.requests as f64)
    };
    let samples: Vec<f64> = reports.iter().filter_map(per_request).collect();
    let figures = InstructionFigures {
        instructions_per_request: estimate(&samples),
        samples: sorted(samples),
    };
    cell(latest, &reports, Measurement::Instructions(figures))
}

/// Computes a memory cell: bytes of the strategy and its services per entry. The memory that the
/// harness itself needs for the workload is subtracted; a strategy that stores nothing measures it.
fn memory(scope: &Scope, variant: &str, latest: &TrialRecord, trials: &[&TrialRecord]) -> Cell {
    let harness = if scope.is_contender(variant) { harness_growth(scope) } else { 0 };
    let samples: Vec<f64> = trials
        .iter()
        .filter_map(|trial| {
            let report = usable_report(trial).filter(|report| report.entries_held > 0)?;
            let services: u64 = trial.observed.service_bytes.values().sum();
            let bytes = growth(report).saturating_sub(harness) + services;
            Some(bytes as f64 / report.entries_held as f64)
        })
        .collect();
    let services: Vec<f64> =
        trials.iter().filter_map(|trial| service_bytes_per_entry(trial)).collect();
    let figures = MemoryFigures {
        bytes_per_entry: estimate(&samples),
        service_peak_bytes: trials
            .iter()
            .filter(|trial| !trial.observed.service_peak_bytes.is_empty())
            .map(|trial| trial.observed.service_peak_bytes.values().sum())
            .max(),
        service_bytes_per_entry: median(&services),
        samples: sorted(samples),
        mean_value_bytes: usable_report(latest).and_then(|report| mean_value_bytes(&report.counts)),
        growth: usable_report(latest).and_then(memory_growth),
    };
    cell(latest, &reports(trials), Measurement::Memory(figures))
}

/// Returns the mean size of the values that were put after a miss, in bytes.
fn mean_value_bytes(counts: &Counts) -> Option<f64> {
    share(counts.read_bytes.saturating_sub(counts.hit_bytes), counts.misses)
}

fn reports<'a>(trials: &[&'a TrialRecord]) -> Vec<&'a TrialReport> {
    trials.iter().filter_map(|trial| usable_report(trial)).collect()
}

fn service_bytes_per_entry(trial: &TrialRecord) -> Option<f64> {
    let report = usable_report(trial).filter(|report| report.entries_held > 0)?;
    let bytes: u64 = trial.observed.service_bytes.values().sum();
    (!trial.observed.service_bytes.is_empty()).then(|| bytes as f64 / report.entries_held as f64)
}

/// Returns the median memory growth of runners that measure only the harness, in bytes; 0 if there
/// are none.
fn harness_growth(scope: &Scope) -> u64 {
    let grown: Vec<f64> = scope
        .trials
        .iter()
        .filter(|trial| trial.spec.meter == Meter::Memory && scope.is_harness(&trial.spec.variant))
        .filter_map(|trial| usable_report(trial))
        .map(|report| growth(report) as f64)
        .collect();
    median(&grown).map_or(0, |bytes| bytes as u64)
}

/// Bounds at the capacity of a trial.
fn bounds<'a>(scope: &Scope<'a>, trial: &TrialRecord) -> Option<&'a HitBounds> {
    let entries = trial.spec.capacity.entries()?;
    scope.bounds.iter().copied().find(|bounds| bounds.capacity_entries == entries)
}

fn ratio(counts: &Counts) -> Option<f64> {
    share(counts.hits, counts.reads)
}

fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    samples.sort_unstable_by(f64::total_cmp);
    samples
}
