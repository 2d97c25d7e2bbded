//! Selects the figures of one variant in one scenario from its cells and replays.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::results::{
    CapacityPoint, Cell, Estimate, MemoryPoint, ProcessorUse, ScalingStep, VariantFigures,
    VariantResults,
};
use bakeoff_protocol::sample::{REPLAY_LIMIT, Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::{Counts, Load, Meter};

use crate::cells::cell::growth;
use crate::select::{applies_to, time_order, trials};

/// Returns the figures of a variant at the timed capacity of a scenario.
pub fn figures(
    variant: &VariantResults,
    scenario: &Scenario,
    cells: &[Cell],
    records: &[Record],
) -> VariantFigures {
    let cells: Vec<&Cell> = cells.iter().filter(|cell| cell.variant == variant.name).collect();
    let is_replay = |trial: &&TrialRecord| {
        trial.spec.variant == variant.name
            && applies_to(trial, scenario)
            && trial.spec.meter == Meter::HitRatio
    };
    let attempts: Vec<&TrialRecord> = trials(records).filter(is_replay).collect();
    let replays: Vec<&TrialRecord> =
        attempts.iter().copied().filter(|trial| trial.is_completed()).collect();
    let curve = curve(&cells);
    let timed = at_timed(&curve, scenario);
    let throughput =
        cells.iter().filter_map(|cell| Some((cell, cell.throughput()?))).min_by_key(|(cell, _)| {
            let away = cell.load.workers.abs_diff(scenario.load.workers);
            (cell.load != scenario.load, away, cell.load)
        });
    let memory = cells
        .iter()
        .filter(|cell| cell.memory().is_some_and(|figures| figures.bytes_per_entry.is_some()))
        .max_by_key(|cell| (cell.capacity == scenario.timed_capacity, Reverse(cell.capacity)));
    let replay = replays
        .iter()
        .filter(|trial| timed.is_some_and(|point| point.capacity == trial.spec.capacity))
        .max_by_key(|trial| time_order(trial));
    let report = replay.and_then(|trial| trial.report());
    let is_shared = variant.properties.as_ref().is_some_and(|declared| declared.shared);
    VariantFigures {
        index: variant.index,
        variant: variant.name.clone(),
        hit_ratio: timed.map(|point| point.hit_ratio),
        hit_ratio_range: cells
            .iter()
            .filter(|cell| timed.is_some_and(|point| point.capacity == cell.capacity))
            .find_map(|cell| cell.hit_ratio())
            .and_then(|figures| figures.hit_ratio_range)
            .filter(|[low, high]| low < high),
        hit_ratio_absence: match timed {
            Some(_) => None,
            None => over_replay_limit(&attempts, scenario),
        },
        share_of_optimal: timed.and_then(CapacityPoint::share_of_optimal),
        clock: report.and_then(|report| report.meter.clock()),
        requests_per_second: throughput.map(|(_, figures)| figures.requests_per_second),
        generator_saturated: throughput
            .and_then(|(_, figures)| figures.processor_use)
            .filter(ProcessorUse::generator_is_limit),
        bimodal: throughput.is_some_and(|(_, figures)| figures.bimodal),
        time_ns: throughput
            .and_then(|(cell, figures)| service_time(cell.load, figures.requests_per_second)),
        scaling: scaling(&cells),
        round_trips: report.filter(|_| is_shared).map_or(0.0, |report| round_trips(&report.counts)),
        tiers: report.map(|report| tier_shares(&report.counts)).unwrap_or_default(),
        bytes_per_entry: memory.and_then(|cell| cell.memory()?.bytes_per_entry),
        peak_rss_bytes: peak_rss(&cells, scenario),
        allowed_entries: replay.and_then(|trial| trial.spec.capacity.entries()),
        held_entries: report.map(|report| report.entries_held),
        growth_bytes: memory.and_then(|cell| cell_bytes(cell)).or_else(|| Some(growth(report?))),
        memory: memory_points(&cells, &replays),
        curve,
        server_capacity: cells.iter().any(|cell| cell.server_capacity),
        not_comparable: cells.iter().find_map(|cell| cell.not_comparable.clone()),
    }
}

/// Returns the reason why the replay at the timed capacity was ended early, from the latest
/// attempt.
fn over_replay_limit(attempts: &[&TrialRecord], scenario: &Scenario) -> Option<String> {
    let timed = attempts.iter().filter(|trial| trial.spec.capacity == scenario.timed_capacity);
    match &timed.max_by_key(|trial| time_order(trial))?.outcome {
        TrialOutcome::Failed { kind, message } if kind == REPLAY_LIMIT => Some(message.clone()),
        TrialOutcome::Failed { .. } | TrialOutcome::Completed { .. } => None,
    }
}

/// Returns the highest resident memory of the cells at the timed capacity, or else of the cells
/// without a size limit.
fn peak_rss(cells: &[&Cell], scenario: &Scenario) -> Option<u64> {
    let at = |capacity: Capacity| {
        let there = cells.iter().filter(|cell| cell.capacity == capacity);
        there.filter_map(|cell| cell.peak_rss_bytes).max()
    };
    at(scenario.timed_capacity).or_else(|| at(Capacity::Unbounded))
}

/// Bytes and entries of each memory cell, and of the latest hit-ratio replay at each capacity.
fn memory_points(cells: &[&Cell], replays: &[&TrialRecord]) -> Vec<MemoryPoint> {
    let measured = cells.iter().filter_map(|cell| {
        Some(MemoryPoint {
            entries: cell.entries_held?,
            bytes: cell_bytes(cell)?,
            with_values: true,
        })
    });
    let mut latest: BTreeMap<Capacity, MemoryPoint> = BTreeMap::new();
    let mut by_age: Vec<&TrialRecord> = replays.to_vec();
    by_age.sort_by_key(|trial| time_order(trial));
    for trial in by_age {
        let Some(report) = trial.report().filter(|report| growth(report) > 0) else {
            continue;
        };
        let services: u64 = trial.observed.service_bytes.values().sum();
        let point = MemoryPoint {
            entries: report.entries_held,
            bytes: growth(report) + services,
            with_values: false,
        };
        latest.insert(trial.spec.capacity, point);
    }
    let mut points: Vec<MemoryPoint> = measured.chain(latest.into_values()).collect();
    points.retain(|point| point.entries > 0 && point.bytes > 0);
    points.sort_by_key(|point| (point.entries, point.with_values));
    points
}

/// Bytes held in a memory cell: bytes per entry times entries.
fn cell_bytes(cell: &Cell) -> Option<u64> {
    Some((cell.memory()?.bytes_per_entry?.median * cell.entries_held? as f64) as u64)
}

fn scaling(cells: &[&Cell]) -> Vec<ScalingStep> {
    let mut steps: Vec<ScalingStep> = cells
        .iter()
        .filter_map(|cell| {
            let figures = cell.throughput()?;
            Some(ScalingStep {
                workers: cell.load.workers,
                rate: figures.requests_per_second,
                efficiency: figures.scaling_efficiency,
            })
        })
        .collect();
    steps.sort_by_key(|step| step.workers);
    steps.dedup_by_key(|step| step.workers);
    steps
}

/// Returns the service time per request in nanoseconds: median, lower and upper end of the
/// interval.
fn service_time(load: Load, rate: Estimate) -> Option<[f64; 3]> {
    let concurrent = f64::from(load.workers.max(1)) * f64::from(load.in_flight.max(1));
    let times = [rate.median, rate.high, rate.low].map(|rate| concurrent * 1e9 / rate);
    times.iter().all(|time| time.is_finite()).then_some(times)
}

/// Returns the round trips to the shared cache per request. Each read that the near tier does not
/// answer needs one, and so does the store after a miss, each write and each delete.
fn round_trips(counts: &Counts) -> f64 {
    let near = if counts.hits_by_tier.len() > 1 { counts.hits_by_tier[0] } else { 0 };
    let trips = counts.reads.saturating_sub(near) + counts.misses + counts.writes + counts.deletes;
    trips as f64 / counts.requests.max(1) as f64
}

fn tier_shares(counts: &Counts) -> Vec<f64> {
    let reads = counts.reads.max(1) as f64;
    counts.hits_by_tier.iter().map(|&hits| hits as f64 / reads).collect()
}

fn curve(cells: &[&Cell]) -> Vec<CapacityPoint> {
    let mut curve: Vec<CapacityPoint> = cells
        .iter()
        .filter_map(|cell| {
            let figures = cell.hit_ratio()?;
            Some(CapacityPoint {
                capacity: cell.capacity,
                capacity_entries: cell.capacity_entries,
                hit_ratio: figures.middle()?,
                optimal: figures.optimal_hit_ratio,
            })
        })
        .collect();
    curve.sort_by_key(|point| (point.capacity_entries.unwrap_or(u64::MAX), point.capacity));
    curve.dedup_by_key(|point| point.capacity);
    curve
}

/// Returns the point at the timed capacity, otherwise the point without a limit.
fn at_timed<'a>(curve: &'a [CapacityPoint], scenario: &Scenario) -> Option<&'a CapacityPoint> {
    curve
        .iter()
        .find(|point| point.capacity == scenario.timed_capacity)
        .or_else(|| curve.iter().find(|point| point.capacity == Capacity::Unbounded))
}
