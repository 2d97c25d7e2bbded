//! Dry run: shows what an exploration would do, without side effects.

use std::collections::BTreeMap;
use std::fmt;

use bakeoff_protocol::exploration::{RatePlan, StoppingRule, Variant};
use bakeoff_protocol::{Bound, Capacity, Load, Meter};
use bakeoff_workload::WorkloadStore;
use serde::Serialize;

use crate::error::ExploreError;
use crate::record::atomic_file::FileError;
use crate::request::options::ExploreOptions;
use crate::request::{self, ExplorationSpec, ResolvedVariant};
use crate::resources::workloads::{CompiledScenario, prepare};
use crate::schedule::capabilities::Capabilities;
use crate::schedule::participation::VariantRole;
use crate::schedule::plan::{PlanInput, PlannedTrials, PlannedVariant, plan};
use crate::schedule::rates::GRID_RATES;
use crate::schedule::rounds::RoundEntry;
use crate::source::SourceCode;
use crate::source::provider::SourceProvider;

/// Result of a dry run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DryRun {
    /// NAME of the exploration.
    pub name: String,
    /// Cells with their expected numbers of trials.
    pub cells: Vec<PlannedCell>,
    /// Expected number of rounds of each scenario.
    pub rounds: u32,
    /// Conditions that end the timed rounds.
    pub stopping: StoppingRule,
    /// Request rates of the response-time cells, by scenario; without scenarios that have none.
    pub rates: BTreeMap<String, RatePlan>,
    /// Variants in the order of the first round, by scenario; the A/A control is marked.
    pub first_round: BTreeMap<String, Vec<String>>,
    /// Variants that changed since the last run. If there are any, all rounds are repeated.
    pub changed: Vec<String>,
    /// Expected duration in minutes, without builds and without reuse of earlier samples.
    pub expected_minutes: f64,
}

/// Cell with its expected number of trials and their duration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedCell {
    /// Name of the variant.
    pub variant: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Quantity that the trials measure.
    pub meter: Meter,
    /// Capacity of the cache.
    pub capacity: Capacity,
    /// Requested load; the runner may support only a lower one.
    pub load: Load,
    /// Number of trials.
    pub trials: u32,
    /// Expected seconds of all trials.
    pub expected_seconds: f64,
}

impl From<PlannedTrials> for PlannedCell {
    fn from(planned: PlannedTrials) -> Self {
        let PlannedTrials { spec, trials, seconds } = planned;
        Self {
            variant: spec.variant,
            scenario: spec.scenario,
            meter: spec.meter,
            capacity: spec.capacity,
            load: spec.load,
            trials,
            expected_seconds: seconds,
        }
    }
}

impl fmt::Display for DryRun {
    /// Lists the cells, the order of the first round, and the expected time.
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
                Capacity::Unbounded => String::from("unbounded"),
                Capacity::Entries(entries) => format!("{entries} entries"),
                Capacity::Bytes(bytes) => format!("{bytes} bytes"),
            };
            let meter = meter_and_load(*meter, load);
            writeln!(
                f,
                "  {variant:variants$}  {scenario:scenarios$}  {meter:14}  {capacity:>16}  \
                 {trials:>3} × {:>7.1} s",
                expected_seconds / f64::from((*trials).max(1))
            )?;
        }
        for (scenario, plan) in &self.rates {
            writeln!(f, "response times of {scenario}: {}", describe_rates(plan))?;
        }
        for (scenario, order) in &self.first_round {
            writeln!(
                f,
                "order of the first of {} rounds of {scenario}: {}",
                self.rounds,
                order.join(", ")
            )?;
        }
        writeln!(f, "{}", describe_stopping(&self.stopping))?;
        if !self.changed.is_empty() {
            let changed = self.changed.join(", ");
            writeln!(f, "changed since the last run, so all rounds are repeated: {changed}")?;
        }
        writeln!(
            f,
            "expected time without builds: {:.1} minutes, if nothing has been measured yet",
            self.expected_minutes
        )
    }
}

fn meter_and_load(meter: Meter, load: &Load) -> String {
    if load.workers > 1 { format!("{meter} ×{}", load.workers) } else { meter.to_string() }
}

fn describe_rates(plan: &RatePlan) -> String {
    let of = match plan {
        RatePlan::Fixed(rates) => {
            let rates: Vec<String> = rates.iter().map(u32::to_string).collect();
            return format!("at {} requests/s", rates.join(", "));
        }
        RatePlan::Services => "variant with a service",
        RatePlan::All => "variant",
    };
    let (fewest, most) = GRID_RATES;
    format!(
        "at {fewest} to {most} rates from 1,000 requests/s to the throughput of the fastest {of}, \
         the same for every variant"
    )
}

fn describe_stopping(stopping: &StoppingRule) -> String {
    let StoppingRule { precision, minimum_rounds, maximum_rounds, budget_seconds } = *stopping;
    if precision == 0.0 && budget_seconds.is_none() {
        return format!("measuring ends after {maximum_rounds} rounds");
    }
    let precise = (precision > 0.0).then(|| {
        format!(
            "when every interval is within ±{} % after at least {minimum_rounds} rounds",
            precision * 100.0
        )
    });
    let spent = budget_seconds
        .map(|seconds| format!("after {:.1} minutes for all scenarios", seconds / 60.0));
    let conditions: Vec<String> = precise
        .into_iter()
        .chain(spent)
        .chain([format!("after {maximum_rounds} rounds")])
        .collect();
    format!("measuring ends {}", conditions.join(", or "))
}

/// Plans an exploration without building or measuring anything.
///
/// # Errors
/// [`ExploreError`] as for the exploration itself.
pub fn dry_run(request: &ExploreOptions) -> Result<DryRun, ExploreError> {
    let source = SourceCode::discover(&request.start, request.in_place)?;
    dry_run_with(request, &source)
}

/// Plans an exploration as [`dry_run`] does, with the given source code.
///
/// # Errors
/// [`ExploreError`] as for the exploration itself.
pub fn dry_run_with(
    request: &ExploreOptions,
    source: &dyn SourceProvider,
) -> Result<DryRun, ExploreError> {
    let spec = request::resolve(request, source)?;
    // Compiled in a temporary directory, so that nothing changes below `results/`.
    let temporary = tempfile::tempdir().map_err(FileError::at(&std::env::temp_dir()))?;
    let cache = WorkloadStore::new(temporary.path());
    let prepared = prepare(&spec.scenarios, &cache, source.root())?;
    let input = plan_input(&spec, &prepared, request.max_parallel.unwrap_or(2));
    let plan = plan(&input);
    let name = |entry: &RoundEntry| {
        let name = input.variants.get(entry.variant).map_or("", |variant| variant.name.as_str());
        if entry.aa_control { format!("{name} (A/A control)") } else { name.to_owned() }
    };
    let named = |order: &Vec<RoundEntry>| order.iter().map(name).collect();
    let rates = prepared.iter().map(|one| &one.plan.record).filter(|record| {
        let is_measured = |cell: &PlannedTrials| {
            cell.spec.scenario == record.name && cell.spec.meter == Meter::ResponseTime
        };
        plan.cells.iter().any(is_measured)
    });
    Ok(DryRun {
        name: spec.name.to_string(),
        rates: rates.map(|record| (record.name.clone(), record.rates.clone())).collect(),
        rounds: plan.rounds,
        stopping: spec.stopping,
        first_round: plan
            .first_round
            .iter()
            .map(|(scenario, order)| (scenario.clone(), named(order)))
            .collect(),
        changed: changed(&spec),
        expected_minutes: plan.seconds / 60.0,
        cells: plan.cells.into_iter().map(PlannedCell::from).collect(),
    })
}

fn plan_input<'a>(
    spec: &ExplorationSpec,
    prepared: &'a [CompiledScenario],
    max_parallel: usize,
) -> PlanInput<'a> {
    let requested: Vec<&ResolvedVariant> = spec
        .variants
        .iter()
        .filter(|resolved| {
            spec.only.as_ref().is_none_or(|only| only.contains(&resolved.variant.name))
        })
        .collect();
    let baseline = baseline(spec, &requested);
    let variant = |resolved: &&ResolvedVariant| {
        let capabilities = expected_abilities(spec, &resolved.variant);
        PlannedVariant {
            name: resolved.variant.name.clone(),
            capabilities,
            role: VariantRole {
                service: capabilities.service,
                competes: !resolved.variant.manifest.harness_only,
                baseline: resolved.variant.name == baseline,
            },
        }
    };
    PlanInput {
        scenarios: prepared.iter().map(|prepared| &prepared.plan).collect(),
        paced_seconds: prepared
            .iter()
            .filter_map(|one| Some((one.plan.name(), one.paced_seconds()?)))
            .collect(),
        paced_replays: spec.profile.paced_replays(),
        variants: requested.iter().map(variant).collect(),
        stopping: spec.stopping,
        min_measured_ns: spec.profile.min_measured_ns(),
        seed: spec.seed,
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        max_parallel,
    }
}

/// Returns the capabilities that the manifest and earlier runs suggest for a variant.
fn expected_abilities(spec: &ExplorationSpec, variant: &Variant) -> Capabilities {
    let declared = variant.properties.as_ref();
    Capabilities {
        bound: expected_bound(spec, variant),
        service: variant.manifest.needs_service(),
        workers: declared.is_none_or(|declared| declared.thread_safe),
        in_flight: true,
        latency: true,
        response_time: true,
        memory: true,
    }
}

/// Returns the limit that the strategy declared in an earlier run, or else a limit in entries.
fn expected_bound(spec: &ExplorationSpec, variant: &Variant) -> Bound {
    let saved = spec.saved.iter().flat_map(|saved| &saved.variants);
    let mut same = saved.filter(|saved| saved.strategy == variant.strategy);
    same.find_map(|saved| Some(saved.properties.as_ref()?.bound)).unwrap_or(Bound::Entries)
}

/// Returns the baseline that the user chose, or else the first variant expected to be bounded.
fn baseline(spec: &ExplorationSpec, requested: &[&ResolvedVariant]) -> String {
    let is_bounded =
        |resolved: &&&ResolvedVariant| expected_bound(spec, &resolved.variant).is_bounded();
    let name = |resolved: &&ResolvedVariant| resolved.variant.name.clone();
    let first = || requested.iter().find(is_bounded).or(requested.first()).map(name);
    spec.baseline.clone().or_else(first).unwrap_or_default()
}

/// Returns the variants whose code or options differ from the saved exploration.
fn changed(spec: &ExplorationSpec) -> Vec<String> {
    let Some(saved) = &spec.saved else { return Vec::new() };
    let differs = |variant: &Variant| {
        let before = saved.variants.iter().find(|before| before.name == variant.name);
        before.is_none_or(|before| {
            (&before.strategy, &before.tree, &before.options)
                != (&variant.strategy, &variant.tree, &variant.options)
        })
    };
    let variants = spec.variants.iter().map(|resolved| &resolved.variant);
    variants.filter(|variant| differs(variant)).map(|variant| variant.name.clone()).collect()
}
