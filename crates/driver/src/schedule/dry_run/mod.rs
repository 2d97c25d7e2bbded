//! `--dry-run`: the bill before it is paid. Touches nothing.

mod time;

use std::collections::BTreeMap;
use std::fmt;

use bakeoff_protocol::Bound;
use bakeoff_protocol::exploration::{Stopping, Variant};
use bakeoff_protocol::{Capacity, Load, Meter};
use bakeoff_workload::Cache;
use serde::Serialize;

use crate::error::ExploreError;
use crate::record::atomic_file::FileError;
use crate::request::options::Request;
use crate::request::{self, Entrant, Spec};
use crate::resources::workloads::Prepared;
use crate::resources::workloads::prepare;
use crate::schedule::participation::{self, Participation};
use crate::schedule::secondary::{
    Abilities, LATENCY_SHARE, OPEN_LOOP_NS, SCALING_SHARE, SecondaryKind,
};
use crate::schedule::window::seed_of;
use crate::source::Source;
use crate::source::provider::SourceProvider;
use time::{
    CALIBRATION, IN_PROCESS, PROCESS, THROUGH_SERVICE, THROUGH_SERVICE_IN_FLIGHT, lead_in, rounds,
    timed_seconds,
};

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DryRun {
    /// The exploration.
    pub name: String,
    /// Every cell, the timed ones with their rounds.
    pub cells: Vec<PlannedCell>,
    /// Rounds of each scenario, as far as can be told beforehand.
    pub rounds: u32,
    /// When measuring stops.
    pub stopping: Stopping,
    /// The order of the first round, by scenario; the twin is marked.
    pub first_round: BTreeMap<String, Vec<String>>,
    /// Variants that changed since the last run: the rounds of all scenarios are done anew.
    pub changed: Vec<String>,
    /// Expected minutes of replaying, were nothing there yet; builds left out.
    pub expected_minutes: f64,
}

impl fmt::Display for DryRun {
    /// The cells by variant and scenario, the order, and what it all costs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |pick: fn(&PlannedCell) -> &str| {
            self.cells.iter().map(|cell| pick(cell).len()).max().unwrap_or(0)
        };
        let (variants, scenarios) = (width(|cell| &cell.variant), width(|cell| &cell.scenario));
        writeln!(f, "{}: {} cells", self.name, self.cells.len())?;
        for PlannedCell { variant, scenario, meter, capacity, load, trials, expected_seconds } in
            &self.cells
        {
            let capacity = match capacity {
                Capacity::Unbounded => String::from("no limit"),
                Capacity::Entries(entries) => format!("{entries} entries"),
                Capacity::Bytes(bytes) => format!("{bytes} bytes"),
            };
            let meter = titled(*meter, load);
            writeln!(
                f,
                "  {variant:variants$}  {scenario:scenarios$}  {meter:14}  {capacity:>16}  \
                 {trials:>3} × {:>7.1} s",
                expected_seconds / f64::from((*trials).max(1))
            )?;
        }
        for (scenario, order) in &self.first_round {
            writeln!(f, "first of {} rounds of {scenario}: {}", self.rounds, order.join(", "))?;
        }
        writeln!(f, "{}", rule(&self.stopping))?;
        if !self.changed.is_empty() {
            let changed = self.changed.join(", ");
            writeln!(f, "changed since the last run, so that all rounds are done anew: {changed}")?;
        }
        writeln!(
            f,
            "about {:.1} minutes were nothing there yet, builds left out",
            self.expected_minutes
        )
    }
}

/// The rule for stopping, in a sentence.
pub(crate) fn rule(stopping: &Stopping) -> String {
    let Stopping { precision, minimum_rounds, maximum_rounds, budget_seconds } = *stopping;
    if precision == 0.0 && budget_seconds.is_none() {
        return format!("measuring stops after {maximum_rounds} rounds");
    }
    let precise = (precision > 0.0).then(|| {
        format!("every interval is within ±{} % after {minimum_rounds} rounds", precision * 100.0)
    });
    let spent = budget_seconds.map(|seconds| {
        format!("{:.1} minutes are measured, all scenarios together", seconds / 60.0)
    });
    let reasons: Vec<String> = precise
        .into_iter()
        .chain(spent)
        .chain([format!("there are {maximum_rounds} rounds")])
        .collect();
    format!("measuring stops when {}", reasons.join(", or "))
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedCell {
    /// The variant.
    pub variant: String,
    /// The scenario.
    pub scenario: String,
    /// What is measured.
    pub meter: Meter,
    /// The capacity.
    pub capacity: Capacity,
    /// The load, as far as can be told before the runners are asked.
    pub load: Load,
    /// Trials of it.
    pub trials: u32,
    /// Expected seconds in all.
    pub expected_seconds: f64,
}

/// Says what a run would do.
///
/// # Errors
/// [`ExploreError`] as for the run itself.
pub fn dry_run(request: &Request) -> Result<DryRun, ExploreError> {
    let source = Source::discover(&request.start, request.in_place)?;
    dry_run_with(request, &source)
}

/// The same, with the given source.
///
/// # Errors
/// [`ExploreError`] as for the run itself.
pub fn dry_run_with(request: &Request, code: &dyn SourceProvider) -> Result<DryRun, ExploreError> {
    let spec = request::resolve(request, code)?;
    // Workloads are compiled elsewhere, so that nothing appears under `results/`.
    let elsewhere = tempfile::tempdir().map_err(FileError::at(&std::env::temp_dir()))?;
    let prepared = prepare(&spec.scenarios, &Cache::new(elsewhere.path()), code.root())?;
    let wanted: Vec<&Entrant> = spec
        .entrants
        .iter()
        .filter(|entrant| {
            spec.only.as_ref().is_none_or(|only| only.contains(&entrant.variant.name))
        })
        .collect();
    let baseline = baseline(&spec, &wanted);
    let turns = turns(&spec, &wanted, &baseline);
    let rounds = rounds(&spec, &wanted, &baseline, turns, &prepared);
    let mut cells = Vec::new();
    for entrant in &wanted {
        let service = entrant.variant.manifest.needs_service();
        let taken = if service { turns.rounds_with_services(rounds) } else { rounds };
        let entries = 1 + u32::from(entrant.variant.name == baseline);
        for prepared in &prepared {
            cells_of(&spec, entrant, taken * entries, prepared, &mut cells);
        }
    }
    for prepared in &prepared {
        sets_of(&spec, &wanted, prepared, rounds, &mut cells);
    }
    let parallel = request.max_parallel.unwrap_or(2).max(1) as f64;
    let seconds: f64 = cells
        .iter()
        .map(|cell| match cell.meter {
            Meter::Throughput => cell.expected_seconds * lead_in(wanted.len()),
            Meter::Latency | Meter::Paced => cell.expected_seconds,
            Meter::HitRatio | Meter::Memory | Meter::Instructions => {
                cell.expected_seconds / parallel
            }
        })
        .sum();
    Ok(DryRun {
        name: spec.name.to_string(),
        rounds,
        stopping: spec.stopping,
        first_round: prepared
            .iter()
            .map(|prepared| {
                let order = first_round(&spec, &wanted, &baseline, prepared);
                (prepared.record.name.clone(), order)
            })
            .collect(),
        changed: changed(&spec),
        expected_minutes: seconds / 60.0,
        cells,
    })
}

fn cells_of(
    spec: &Spec,
    entrant: &Entrant,
    trials: u32,
    prepared: &Prepared,
    cells: &mut Vec<PlannedCell>,
) {
    let variant = &entrant.variant;
    let service = variant.manifest.needs_service();
    let bound = bound(spec, variant);
    let exact = prepared.limit(service).unwrap_or(prepared.record.requests) as f64;
    let rate = if service { THROUGH_SERVICE } else { IN_PROCESS };
    let mut cell = |meter, capacity, trials: u32, each: f64| {
        let load = if meter == Meter::Throughput { prepared.record.load } else { Load::ONE };
        cells.push(PlannedCell {
            variant: variant.name.clone(),
            scenario: prepared.record.name.clone(),
            meter,
            capacity,
            load,
            trials,
            expected_seconds: f64::from(trials) * each,
        });
    };
    let calibration = if service { CALIBRATION } else { 0.0 };
    for capacity in prepared.exact_capacities(bound, service) {
        cell(Meter::HitRatio, capacity, 1, PROCESS + calibration + exact / rate);
    }
    if let Some(requests) = prepared.limit(true).filter(|_| !service && spec.needs_service()) {
        let timed = prepared.timed_capacity(bound);
        cell(Meter::HitRatio, timed, 1, PROCESS + requests as f64 / rate);
    }
    let filling = if service { THROUGH_SERVICE_IN_FLIGHT } else { rate };
    for capacity in prepared.weighed_capacities(bound) {
        cell(Meter::Memory, capacity, 1, PROCESS + exact / filling);
    }
    let timed = prepared.timed_capacity(bound);
    let each = timed_seconds(spec, entrant, prepared);
    cell(Meter::Throughput, timed, trials, each);
}

/// What is measured beside the contest, in the share of its time that it may take.
fn sets_of(
    spec: &Spec,
    wanted: &[&Entrant],
    prepared: &Prepared,
    rounds: u32,
    cells: &mut Vec<PlannedCell>,
) {
    let scenario = &prepared.record;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    let contest: f64 = wanted.iter().map(|entrant| timed_seconds(spec, entrant, prepared)).sum();
    for (latency, share) in [(true, LATENCY_SHARE), (false, SCALING_SHARE)] {
        let planned: Vec<(&Entrant, Meter, Load, f64)> = SecondaryKind::all(scenario, cores)
            .into_iter()
            .filter(|what| what.is_latency() == latency)
            .flat_map(|what| wanted.iter().map(move |entrant| (what, *entrant)))
            .filter_map(|(what, entrant)| {
                let (meter, load) = what.load(scenario, scenario.load, ability(entrant))?;
                let each = timed_seconds(spec, entrant, prepared);
                let open = if load.open_loop_percent.is_some() { OPEN_LOOP_NS } else { 0 };
                Some((entrant, meter, load, each + open as f64 / 1e9))
            })
            .collect();
        let once: f64 = planned.iter().map(|(.., each)| each).sum();
        let times = (share * contest * f64::from(rounds) / once).max(1.0) as u32;
        cells.extend(planned.into_iter().map(|(entrant, meter, load, each)| PlannedCell {
            variant: entrant.variant.name.clone(),
            scenario: scenario.name.clone(),
            meter,
            capacity: prepared.timed_capacity(bound(spec, &entrant.variant)),
            load,
            trials: times,
            expected_seconds: f64::from(times) * each,
        }));
    }
}

/// What a variant can do, as far as its manifest and an earlier run tell.
fn ability(entrant: &Entrant) -> Abilities {
    let variant = &entrant.variant;
    let declared = variant.properties.as_ref();
    Abilities {
        latency: true,
        workers: declared.is_none_or(|declared| declared.thread_safe),
        service: variant.manifest.needs_service(),
    }
}

/// A meter with what is special about its load.
fn titled(meter: Meter, load: &Load) -> String {
    match (load.open_loop_percent, load.workers) {
        (Some(percent), _) => format!("{meter} {percent} %"),
        (None, workers) if workers > 1 => format!("{meter} ×{workers}"),
        _ => meter.to_string(),
    }
}

/// Who takes part in which round, as far as can be told before the runners are asked.
fn turns(spec: &Spec, wanted: &[&Entrant], baseline: &str) -> Participation {
    let entry = |entrant: &&Entrant| {
        let Variant { name, manifest, .. } = &entrant.variant;
        participation::Participant {
            service: manifest.needs_service(),
            competes: !manifest.harness_only,
            baseline: name == baseline,
        }
    };
    Participation::new(&spec.stopping, &wanted.iter().map(entry).collect::<Vec<_>>())
}

/// As its runner declared in an earlier run; before the first one, what most strategies have.
fn bound(spec: &Spec, variant: &Variant) -> Bound {
    let saved = spec.saved.iter().flat_map(|saved| &saved.variants);
    let mut same = saved.filter(|saved| saved.strategy == variant.strategy);
    same.find_map(|saved| Some(saved.properties.as_ref()?.bound)).unwrap_or(Bound::Entries)
}

/// The one that was chosen; else the first that is bounded, as far as that is known.
fn baseline(spec: &Spec, wanted: &[&Entrant]) -> String {
    let bounded = || wanted.iter().find(|entrant| bound(spec, &entrant.variant).is_bounded());
    let name = |entrant: &&Entrant| entrant.variant.name.clone();
    let chosen = spec.baseline.clone().or_else(|| bounded().or(wanted.first()).map(name));
    chosen.unwrap_or_default()
}

fn first_round(
    spec: &Spec,
    wanted: &[&Entrant],
    baseline: &str,
    prepared: &Prepared,
) -> Vec<String> {
    let names: Vec<&str> = wanted.iter().map(|entrant| entrant.variant.name.as_str()).collect();
    let twin = format!("{baseline} (twin)");
    let seed = seed_of(spec.seed, &prepared.record.name);
    let orders = bakeoff_stats::order::balanced(names.len() + 1, 1, seed);
    let name = |&entry: &usize| names.get(entry).map_or_else(|| twin.clone(), |&name| name.into());
    orders.first().map(|order| order.iter().map(name).collect()).unwrap_or_default()
}

fn changed(spec: &Spec) -> Vec<String> {
    let Some(saved) = &spec.saved else { return Vec::new() };
    let differs = |variant: &Variant| {
        let before = saved.variants.iter().find(|before| before.name == variant.name);
        before.is_none_or(|before| {
            (&before.strategy, &before.tree, &before.options)
                != (&variant.strategy, &variant.tree, &variant.options)
        })
    };
    let names = spec.entrants.iter().map(|entrant| &entrant.variant);
    names.filter(|variant| differs(variant)).map(|variant| variant.name.clone()).collect()
}
