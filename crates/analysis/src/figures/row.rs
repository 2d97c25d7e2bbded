//! One entrant in one scenario: its figures, its curve, its steps.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::paced::outcome::PacedOutcome;
use bakeoff_protocol::results::{Cell, Estimate, LatencyFigures, Pair, Results};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::trial::{Counts, Load, Meter, TrialReport};

use super::{Entrant, trials};
use crate::select::tells_of;

/// One entrant in one scenario.
#[derive(Clone, Debug)]
pub struct Row {
    /// The entrant's place.
    pub place: usize,
    /// The entrant's name.
    pub variant: String,
    /// Hit ratio at the timed capacity: exact, or the middle of `hit_ratio_range`.
    pub hit_ratio: Option<f64>,
    /// Lowest and highest hit ratio there, where replays differ.
    pub hit_ratio_range: Option<[f64; 2]>,
    /// That hit ratio by the clairvoyant one over the same requests; `None` without a limit.
    pub of_clairvoyant: Option<f64>,
    /// Requests of that replay where they are fewer than the workload's (services).
    pub fewer_requests: Option<u64>,
    /// Requests per second.
    pub requests_per_second: Option<Estimate>,
    /// Mean nanoseconds that a request takes, misses free: median and its interval.
    pub time_ns: Option<[f64; 3]>,
    /// Time per request by load.
    pub latencies: Vec<(Load, LatencyFigures)>,
    /// Throughput by workers, ascending; one step where only one number was timed.
    pub scaling: Vec<ScalingStep>,
    /// What users and the origin saw of a paced replay.
    pub behaviour: Option<Box<PacedOutcome>>,
    /// Round trips to a shared cache that a request takes; 0 for one within the process.
    pub trips: f64,
    /// Share of the reads that each tier answered, nearest first; empty where there is one tier.
    pub tiers: Vec<f64>,
    /// Every sample of it, by round.
    pub samples: Vec<f64>,
    /// Whether they fall into two separate groups.
    pub bimodal: bool,
    /// This entrant against the baseline.
    pub against_baseline: Option<Pair>,
    /// Bytes per entry.
    pub bytes_per_entry: Option<Estimate>,
    /// Highest resident size of a runner at the timed capacity (or with no limit).
    pub peak_rss_bytes: Option<u64>,
    /// Entries that it was allowed in the replay that held most over its limit.
    pub allowed_entries: Option<u64>,
    /// Most entries that it held in a replay at the timed capacity (or with no limit).
    pub held_entries: Option<u64>,
    /// What it grew by until it held these: with the values, where that was weighed, else without.
    pub growth_bytes: Option<u64>,
    /// What it weighed with so many entries, ascending.
    pub weights: Vec<Weight>,
    /// Hit ratios by capacity, ascending.
    pub curve: Vec<CurvePoint>,
    /// Whether the capacity is the server's own, which we do not set.
    pub as_configured: bool,
    /// Why it must not be compared, if so.
    pub not_comparable: Option<String>,
}

/// Throughput with one number of workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalingStep {
    /// The workers.
    pub workers: u32,
    /// Requests per second of all of them together.
    pub rate: Estimate,
    /// What each keeps of the speed that it has with the fewest workers.
    pub efficiency: Option<Estimate>,
}

/// Bytes of everything that was held, with the services' part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Entries held at the end.
    pub entries: u64,
    /// What the runner's anonymous memory grew by, and what its services hold.
    pub bytes: u64,
    /// Whether each value held was a copy of its own, as in the memory meter; the replays that
    /// count hits share one body among all entries of the process. A service has its own copies
    /// either way.
    pub with_values: bool,
}

/// A hit ratio at one capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The capacity asked for.
    pub capacity: Capacity,
    /// Entries that it stands for; `None` without a limit.
    pub capacity_entries: Option<u64>,
    /// The hit ratio.
    pub hit_ratio: f64,
    /// Hit ratio of the clairvoyant cache over the same requests at the same capacity.
    pub clairvoyant: Option<f64>,
    /// Requests of the replay.
    pub requests: u64,
}

impl CurvePoint {
    /// The hit ratio as a share of the clairvoyant one; `None` without a limit.
    #[must_use]
    pub fn of_clairvoyant(&self) -> Option<f64> {
        let clairvoyant = self.clairvoyant.filter(|&bound| bound > 0.0)?;
        self.capacity_entries.map(|_| self.hit_ratio / clairvoyant)
    }
}

impl Row {
    /// Its time per request: in the closed loop where it was taken there, with the fewest workers.
    #[must_use]
    pub fn latency(&self) -> Option<&LatencyFigures> {
        let nearest =
            self.latencies.iter().min_by_key(|(load, _)| (load.open_loop_percent.is_some(), *load));
        nearest.map(|(_, figures)| figures)
    }

    pub(crate) fn gather(
        entrant: &Entrant,
        scenario: &Scenario,
        results: &Results,
        records: &[Record],
    ) -> Self {
        let cells: Vec<&Cell> = results
            .cells
            .iter()
            .filter(|cell| cell.variant == entrant.name && cell.scenario == scenario.name)
            .collect();
        let replays: Vec<&TrialRecord> = trials(records)
            .filter(|trial| {
                trial.spec.variant == entrant.name
                    && tells_of(trial, scenario)
                    && trial.spec.meter == Meter::HitRatio
                    && trial.is_completed()
            })
            .collect();
        let curve = curve_of(&cells, scenario);
        let timed = at_timed(&curve, scenario);
        let throughput = cells
            .iter()
            .filter(|cell| cell.meter == Meter::Throughput && cell.requests_per_second.is_some())
            .min_by_key(|cell| {
                let away = cell.load.workers.abs_diff(scenario.load.workers);
                (cell.load != scenario.load, away, cell.load)
            });
        let weighed = cells.iter().filter(|cell| cell.bytes_per_entry.is_some());
        let memory = weighed
            .max_by_key(|cell| (cell.capacity == scenario.timed_capacity, Reverse(cell.capacity)));
        let requests = |trial: &TrialRecord| trial.report().map(|report| report.counts.requests);
        let replay = replays
            .iter()
            .filter(|trial| timed.is_some_and(|point| point.capacity == trial.spec.capacity))
            .max_by_key(|trial| requests(trial));
        let report = replay.and_then(|trial| trial.report());
        Self {
            place: entrant.place,
            variant: entrant.name.clone(),
            hit_ratio: timed.map(|point| point.hit_ratio),
            hit_ratio_range: cells
                .iter()
                .find(|cell| {
                    cell.meter == Meter::HitRatio
                        && timed.is_some_and(|point| point.capacity == cell.capacity)
                })
                .and_then(|cell| cell.hit_ratio_range)
                .filter(|[low, high]| low < high),
            of_clairvoyant: timed.and_then(CurvePoint::of_clairvoyant),
            fewer_requests: timed
                .map(|point| point.requests)
                .filter(|&requests| requests < scenario.requests),
            requests_per_second: throughput.and_then(|cell| cell.requests_per_second),
            time_ns: throughput.and_then(|cell| times(cell.load, cell.requests_per_second?)),
            latencies: cells
                .iter()
                .filter_map(|cell| Some((cell.load, cell.latency.clone()?)))
                .collect(),
            scaling: scaling(&cells),
            behaviour: cells.iter().find_map(|cell| cell.behaviour.clone()),
            trips: report
                .filter(|_| entrant.properties.as_ref().is_some_and(|declared| declared.shared))
                .map_or(0.0, |report| trips(&report.counts)),
            tiers: report.map(|report| tiers(&report.counts)).unwrap_or_default(),
            samples: throughput.map(|cell| cell.samples.clone()).unwrap_or_default(),
            bimodal: throughput.is_some_and(|cell| cell.bimodal),
            against_baseline: None,
            bytes_per_entry: memory.and_then(|cell| cell.bytes_per_entry),
            peak_rss_bytes: peak(&cells, scenario),
            allowed_entries: replay.and_then(|trial| trial.spec.capacity.entries()),
            held_entries: report.map(|report| report.entries_held),
            growth_bytes: memory.and_then(|cell| weight(cell)).or_else(|| Some(growth(report?))),
            weights: weights(&cells, &replays),
            curve,
            as_configured: cells.iter().any(|cell| cell.capacity_as_configured),
            not_comparable: cells.iter().find_map(|cell| cell.not_comparable.clone()),
        }
    }
}

/// Highest resident size at the timed capacity; what has no limit has one for every capacity.
fn peak(cells: &[&Cell], scenario: &Scenario) -> Option<u64> {
    let at = |capacity: Capacity| {
        let there = cells.iter().filter(|cell| cell.capacity == capacity);
        there.filter_map(|cell| cell.peak_rss_bytes).max()
    };
    at(scenario.timed_capacity).or_else(|| at(Capacity::Unbounded))
}

/// What was weighed: cells of the memory meter, and of each capacity the longest replay.
fn weights(cells: &[&Cell], replays: &[&TrialRecord]) -> Vec<Weight> {
    let weighed = cells.iter().filter_map(|cell| {
        Some(Weight { entries: cell.entries_held?, bytes: weight(cell)?, with_values: true })
    });
    let mut longest: BTreeMap<Capacity, (u64, Weight)> = BTreeMap::new();
    for trial in replays {
        let Some(report) = trial.report().filter(|report| growth(report) > 0) else {
            continue;
        };
        let services: u64 = trial.observed.service_bytes.values().sum();
        let weight = Weight {
            entries: report.entries_held,
            bytes: growth(report) + services,
            with_values: false,
        };
        let requests = report.counts.requests;
        let known = longest.entry(trial.spec.capacity).or_insert((requests, weight));
        if requests > known.0 {
            *known = (requests, weight);
        }
    }
    let mut weights: Vec<Weight> =
        weighed.chain(longest.into_values().map(|(_, weight)| weight)).collect();
    weights.retain(|weight| weight.entries > 0 && weight.bytes > 0);
    weights.sort_by_key(|weight| (weight.entries, weight.with_values));
    weights
}

/// Bytes of everything that a memory cell held.
fn weight(cell: &Cell) -> Option<u64> {
    Some((cell.bytes_per_entry?.median * cell.entries_held? as f64) as u64)
}

/// What a runner's anonymous memory grew by.
fn growth(report: &TrialReport) -> u64 {
    report.rss_anon_after_bytes.saturating_sub(report.rss_anon_before_bytes)
}

/// Throughput cells by their workers.
fn scaling(cells: &[&Cell]) -> Vec<ScalingStep> {
    let closed = cells.iter().filter(|cell| cell.load.open_loop_percent.is_none());
    let mut steps: Vec<ScalingStep> = closed
        .filter(|cell| cell.meter == Meter::Throughput)
        .filter_map(|cell| {
            Some(ScalingStep {
                workers: cell.load.workers,
                rate: cell.requests_per_second?,
                efficiency: cell.scaling_efficiency,
            })
        })
        .collect();
    steps.sort_by_key(|step| step.workers);
    steps.dedup_by_key(|step| step.workers);
    steps
}

/// Mean time that a request spends with one of the load's many workers.
fn times(load: Load, rate: Estimate) -> Option<[f64; 3]> {
    let at_once = f64::from(load.workers.max(1)) * f64::from(load.in_flight.max(1));
    let times = [rate.median, rate.high, rate.low].map(|rate| at_once * 1e9 / rate);
    times.iter().all(|time| time.is_finite()).then_some(times)
}

/// Round trips of a request: every read that the near tier does not answer asks the shared cache,
/// every miss is stored there, every write and delete reaches it.
fn trips(counts: &Counts) -> f64 {
    let near = if counts.hits_by_tier.len() > 1 { counts.hits_by_tier[0] } else { 0 };
    let asked = counts.reads.saturating_sub(near) + counts.misses + counts.writes + counts.deletes;
    asked as f64 / counts.requests.max(1) as f64
}

/// Share of the reads that each tier answered.
fn tiers(counts: &Counts) -> Vec<f64> {
    let reads = counts.reads.max(1) as f64;
    counts.hits_by_tier.iter().map(|&hits| hits as f64 / reads).collect()
}

fn middle([low, high]: [f64; 2]) -> Option<f64> {
    Some(f64::midpoint(low, high))
}

fn curve_of(cells: &[&Cell], scenario: &Scenario) -> Vec<CurvePoint> {
    let mut curve: Vec<CurvePoint> = cells
        .iter()
        .filter(|cell| cell.meter == Meter::HitRatio)
        .filter_map(|cell| {
            Some(CurvePoint {
                capacity: cell.capacity,
                capacity_entries: cell.capacity_entries,
                hit_ratio: cell.hit_ratio.or_else(|| middle(cell.hit_ratio_range?))?,
                clairvoyant: cell.clairvoyant_hit_ratio,
                requests: cell.requests.unwrap_or(scenario.requests),
            })
        })
        .collect();
    // Services replay fewer requests, and the others these few as well: a curve shows the most.
    curve.sort_by_key(|point| {
        (point.capacity_entries.unwrap_or(u64::MAX), point.capacity, Reverse(point.requests))
    });
    curve.dedup_by_key(|point| point.capacity);
    curve
}

/// The point at the timed capacity; the one without a limit stands for every capacity.
fn at_timed<'a>(curve: &'a [CurvePoint], scenario: &Scenario) -> Option<&'a CurvePoint> {
    curve
        .iter()
        .find(|point| point.capacity == scenario.timed_capacity)
        .or_else(|| curve.iter().find(|point| point.capacity == Capacity::Unbounded))
}
