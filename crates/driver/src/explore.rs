//! Runs an exploration: from the request to the samples on disk.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Failure, Progress, Status};
use bakeoff_workload::WorkloadStore;
use jiff::Timestamp;

use crate::build::provider::supervised_builder;
use crate::environment::Environment;
use crate::error::ExploreError;
use crate::interrupt::Interrupt;
use crate::phases::context::{PhaseContext, RunSettings};
use crate::phases::timed::{self, TimedScenario};
use crate::phases::{availability, generate, paced, untimed};
use crate::record::atomic_file;
use crate::record::exploration::{self, archive};
use crate::record::locks::machine_lock::MachineLock;
use crate::record::locks::name_lock::NameLock;
use crate::record::paths::ResultsDir;
use crate::record::progress::{self, VariantEvent};
use crate::record::progress_store;
use crate::record::recorder::Recorder;
use crate::record::store::SampleStore;
use crate::request::options::ExploreOptions;
use crate::request::{self, ExplorationSpec};
use crate::resources::servers::{ExternalServerGuard, RealServers};
use crate::resources::workloads::prepare;
use crate::source::SourceCode;
use crate::stop::StopReason;
use crate::trial::TrialRunner;
use crate::trial::context::TrialContext;
use crate::trial::machine;
use crate::ui::reporter::{Reporter, ReporterEvent};

/// Result of an exploration.
#[derive(Clone, Debug, PartialEq)]
pub struct ExploreOutcome {
    /// Name of the exploration.
    pub name: String,
    /// Directory with the files of the exploration.
    pub folder: PathBuf,
    /// Progress of every variant, in the order of the request.
    pub variants: Vec<Progress>,
    /// True if the user stopped the exploration.
    pub interrupted: bool,
    /// True if no sample was added.
    pub unchanged: bool,
}

impl ExploreOutcome {
    /// Returns the variants that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&Progress> {
        self.variants.iter().filter(|variant| variant.status == Status::Failed).collect()
    }

    /// Returns true if every variant was skipped.
    #[must_use]
    pub fn all_skipped(&self) -> bool {
        self.variants.iter().all(|variant| variant.status == Status::Skipped)
    }
}

/// Runs an exploration with git, cargo, real servers and real processes.
///
/// # Errors
/// [`ExploreError`]; a variant that fails is not an error but part of the [`ExploreOutcome`].
pub fn explore(
    request: &ExploreOptions,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<ExploreOutcome, ExploreError> {
    let source = SourceCode::discover(&request.start, request.in_place)?;
    let results = ResultsDir::in_workspace(source.root());
    let builder = supervised_builder(&results, interrupt, reporter);
    let servers = RealServers::new(request.servers.clone());
    let environment = Environment {
        source: &source,
        builder: &builder,
        shell: &generate::SupervisedShell::supervised_by_self(),
        servers: &servers,
        reporter,
        interrupt,
        machine: &MachineLock::of_this_machine(),
    };
    explore_with(request, environment)
}

/// Runs an exploration in the given environment; tests pass fakes.
///
/// # Errors
/// [`ExploreError`], as for [`explore`].
pub fn explore_with(
    request: &ExploreOptions,
    environment: Environment<'_>,
) -> Result<ExploreOutcome, ExploreError> {
    let spec = request::resolve(request, environment.source)?;
    let foreign_keys = protect_foreign_keys(&spec, &environment)?;
    let results = ResultsDir::in_workspace(environment.source.root());
    let files = results.exploration(&spec.name);
    let _lock = NameLock::take(&spec.name, &results.lock(&spec.name))?;
    let cache = WorkloadStore::new(results.workloads());
    let scenarios = prepare(&spec.scenarios, &cache, environment.source.root())?;
    if request.restart {
        archive(&files)?;
    }
    atomic_file::remove_temporary(files.folder())?;
    atomic_file::remove_temporary(&files.progress_folder())?;
    let (samples, found) = SampleStore::open(&files.samples())?;
    for note in &spec.notes {
        environment.reporter.report(&ReporterEvent::Note(note));
    }
    if found.incomplete_bytes > 0 {
        let note = "removed the last sample: an earlier run was stopped while writing it";
        environment.reporter.report(&ReporterEvent::Note(note));
    }
    let recorder = Recorder::new(samples, files.clone(), environment.reporter);
    let samples_before = recorder.len();
    let machine = machine::describe();
    let trial_runner = TrialRunner::new(environment.servers, environment.interrupt);
    let trials = TrialContext::new(trial_runner, &recorder, &results, &machine.digest, spec.seed);
    let context = PhaseContext {
        environment,
        spec: &spec,
        scenarios: &scenarios,
        files: &files,
        recorder: &recorder,
        trials: &trials,
        machine: &machine,
        settings: settings(request, machine.memory_bytes),
    };
    let ended = run_phases(&context, request);
    foreign_keys
        .check_after(environment.servers, |note| {
            environment.reporter.report(&ReporterEvent::Note(note))
        })
        .map_err(ExploreError::ForeignKeysLost)?;
    let interrupted = match ended {
        Ok(()) => false,
        Err(StopReason::Interrupted) => true,
        Err(StopReason::File(error)) => return Err(error.into()),
    };
    if interrupted {
        for resolved in &spec.variants {
            recorder.apply(&resolved.variant.name, VariantEvent::Paused)?;
        }
    }
    let mut progress = recorder.progress();
    let in_order = spec.variants.iter().filter_map(|e| progress.remove(&e.variant.name));
    Ok(ExploreOutcome {
        name: spec.name.to_string(),
        folder: files.folder().to_owned(),
        variants: in_order.collect(),
        interrupted,
        unchanged: recorder.len() == samples_before,
    })
}

/// Refuses a server on which the run could evict the keys of other programs.
fn protect_foreign_keys(
    spec: &ExplorationSpec,
    environment: &Environment<'_>,
) -> Result<ExternalServerGuard, ExploreError> {
    let manifests = spec.variants.iter().map(|resolved| &resolved.variant.manifest);
    let services: BTreeSet<&str> =
        manifests.flat_map(|manifest| manifest.services.iter().map(String::as_str)).collect();
    let own_prefix = format!("bakeoff:{}:", spec.name);
    Ok(ExternalServerGuard::protect(environment.servers, services, own_prefix)?)
}

/// Runs all phases in order.
fn run_phases(context: &PhaseContext<'_>, request: &ExploreOptions) -> Result<(), StopReason> {
    let names: Vec<String> =
        context.spec.variants.iter().map(|resolved| resolved.variant.name.clone()).collect();
    progress_store::remove_others(context.files, &names)?;
    for resolved in &context.spec.variants {
        let pending = progress::pending(&context.spec.name, &resolved.variant, Timestamp::now());
        context.recorder.track(pending)?;
    }
    context.environment.reporter.report(&ReporterEvent::Variants(&names));
    match &request.generate_cmd {
        None => measure(context, request),
        Some(command) => {
            // The record is written before the generation, so that an interrupted run can be
            // continued.
            write(context, &record(context, request))?;
            let spec = with_generated(context.spec, generate::run(context, command)?);
            measure(&PhaseContext { spec: &spec, ..*context }, request)
        }
    }
}

/// Returns the exploration with the generated variants in place of the requested ones.
fn with_generated(
    spec: &ExplorationSpec,
    generated: Vec<request::ResolvedVariant>,
) -> ExplorationSpec {
    let mut spec = spec.clone();
    for now in generated {
        let same =
            |resolved: &&mut request::ResolvedVariant| resolved.variant.name == now.variant.name;
        if let Some(resolved) = spec.variants.iter_mut().find(same) {
            *resolved = now;
        }
    }
    spec
}

/// Builds, verifies and measures the variants, and keeps the exploration's record up to date.
fn measure(context: &PhaseContext<'_>, request: &ExploreOptions) -> Result<(), StopReason> {
    let mut record = record(context, request);
    write(context, &record)?;
    let available = availability::available_variants(context, &mut record)?;
    let ready = untimed::run(context, &available)?;
    for variant in &mut record.variants {
        if let Some(ready) = ready.iter().find(|ready| ready.name() == variant.name) {
            variant.properties = Some(ready.hello.properties);
            variant.asynchronous = Some(ready.hello.in_flight);
        }
    }
    if let Some(baseline) = exploration::baseline(context.spec, &ready) {
        record.baseline = baseline;
    }
    let mut timed_scenarios: Vec<TimedScenario<'_>> = context
        .scenarios
        .iter()
        .filter(|scenario| scenario.plan.record.timed)
        .filter_map(|scenario| TimedScenario::new(context, scenario, &ready, &record.baseline))
        .collect();
    for timed in &timed_scenarios {
        if let Some(scenario) = find(&mut record, timed.name()) {
            scenario.round_group = timed.round_group().to_owned();
            scenario.secondary_groups = timed.secondary_groups();
        }
    }
    write(context, &record)?;
    apply_recorded_failures(context, &mut timed_scenarios)?;
    paced::run(context, &ready)?;
    timed::run(context, &ready, &mut timed_scenarios)?;
    for timed in &timed_scenarios {
        if let Some(scenario) = find(&mut record, timed.name()) {
            scenario.stopped = timed.stopped();
        }
    }
    write(context, &record)?;
    for ready in &ready {
        context.recorder.apply(ready.name(), VariantEvent::Completed)?;
    }
    Ok(())
}

fn record(context: &PhaseContext<'_>, request: &ExploreOptions) -> Exploration {
    exploration::new_record(context.spec, context.scenarios, context.machine, request)
}

fn write(context: &PhaseContext<'_>, record: &Exploration) -> Result<(), StopReason> {
    Ok(atomic_file::write_json(&context.files.record(), record)?)
}

fn find<'a>(
    record: &'a mut Exploration,
    scenario: &str,
) -> Option<&'a mut bakeoff_protocol::exploration::Scenario> {
    record.scenarios.iter_mut().find(|known| known.name == scenario)
}

/// Applies the failures that earlier runs recorded; they count until the trials are repeated.
fn apply_recorded_failures(
    context: &PhaseContext<'_>,
    scenarios: &mut [TimedScenario<'_>],
) -> Result<(), StopReason> {
    let recorded: Vec<(String, Failure)> =
        scenarios.iter().flat_map(|scenario| scenario.recorded_failures().to_vec()).collect();
    for (name, failure) in recorded {
        if failure.kind == "memory" {
            context.recorder.apply(&name, VariantEvent::Disqualified(failure.message))?;
        } else {
            context.recorder.apply(&name, VariantEvent::Failed(failure))?;
            scenarios.iter_mut().for_each(|scenario| scenario.drop_variant(&name));
        }
    }
    Ok(())
}

fn settings(request: &ExploreOptions, memory_bytes: u64) -> RunSettings {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let max_parallel = request.max_parallel.unwrap_or(cores.min(2)).max(1);
    let share = if memory_bytes == 0 { u64::MAX } else { memory_bytes / 2 / max_parallel as u64 };
    let silence = request.silence.unwrap_or(Duration::from_secs(60));
    RunSettings {
        max_parallel,
        time_limit: request.time_limit.unwrap_or(Duration::from_secs(30 * 60)),
        replay_limit: request.replay_limit.unwrap_or(Duration::from_secs(3 * 60)),
        memory_budget: request.memory_budget.unwrap_or(share),
        retry_failed: request.retry_failed,
        answer: silence / 6,
        silence,
    }
}
