//! Implements `bakeoff replay` and `bakeoff check`, which run one strategy without an exploration.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_protocol::message::CheckCase;
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::trial::{Counts, ReplayClock};
use bakeoff_protocol::variant::Manifest;
use bakeoff_protocol::{Capacity, Lanes, Load, Meter, SCHEMA_VERSION, TrialSpec};
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::scenario::{CapacitySpec, ScenarioDefinition};
use bakeoff_workload::trace::ReadSummary;
use serde::Serialize;

use crate::build::provider;
use crate::build::{BuildError, BuildRequest};
use crate::interrupt::Interrupt;
use crate::record::atomic_file::FileError;
use crate::record::locks::machine_lock::MachineLock;
use crate::record::paths::ResultsDir;
use crate::request::InvalidRequest;
use crate::request::scenarios::RequestedScenario;
use crate::request::strategies::manifest_in;
use crate::resources::servers::{ExternalServerGuard, ExternalServers, RealServers, ServerError};
use crate::resources::workloads::CompiledScenario;
use crate::schedule::capabilities::Capabilities;
use crate::source::{SourceCode, SourceError};
use crate::trial::process::RunnerLimits;
use crate::trial::server_memory;
use crate::trial::{BuiltVariant, TrialError, TrialLimits, TrialRunner};
use crate::ui::reporter::{Reporter, ReporterEvent};

/// Strategy to replay or check, and its environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InPlaceStrategy {
    /// Directory inside the workspace.
    pub start: PathBuf,
    /// Name of the strategy: its directory below `variants/`.
    pub strategy: String,
    /// Options of the strategy.
    pub options: BTreeMap<String, String>,
    /// Servers to use instead of private ones.
    pub servers: ExternalServers,
    /// Time limit; default: 30 minutes.
    pub time_limit: Option<Duration>,
    /// Limit of the runner's anonymous memory, in bytes; default: no limit.
    pub memory_budget: Option<u64>,
}

/// Options of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayOptions {
    /// Strategy to replay, with its options and limits.
    pub subject: InPlaceStrategy,
    /// Scenario with the workload.
    pub scenario: ScenarioDefinition,
    /// Capacity of the cache.
    pub capacity: CapacitySpec,
    /// Concurrency of the requests.
    pub load: Load,
    /// Number of lanes by key; 1 replays strictly in order. The default is that of explorations for
    /// one request in flight, otherwise 1.
    pub lanes: Option<u32>,
    /// True if a capacity without a unit is in bytes.
    pub capacity_in_bytes: bool,
    /// True to let servers and times to live follow the machine's clock instead of a virtual one.
    pub real_time: bool,
}

/// Result of a replay; scripts rely on its JSON fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayReport {
    /// Version of the JSON format.
    pub schema: u32,
    /// Name of the strategy.
    pub strategy: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// Notes about how the trace was read.
    #[serde(flatten)]
    pub read_summary: ReadSummary,
    /// Requested capacity.
    pub capacity: Capacity,
    /// Requested capacity in entries; missing if the request is in bytes or unbounded.
    pub capacity_entries: Option<u64>,
    /// Concurrency of the requests.
    pub load: Load,
    /// Lanes by key in which requests overlapped; missing if they were replayed in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Lanes>,
    /// Counts of requests, reads, hits and others.
    #[serde(flatten)]
    pub counts: Counts,
    /// Hits divided by reads, 0 to 1.
    pub hit_ratio: f64,
    /// Counts of the requests after the warm-up.
    pub after_warmup: Option<Counts>,
    /// Wall-clock time of the replay.
    pub elapsed_ns: u64,
    /// Clock of the strategy and of its servers.
    pub clock: Option<ReplayClock>,
    /// Processor time of the runner.
    pub cpu_ns: u64,
    /// Requests per second of wall-clock time.
    pub requests_per_second: f64,
    /// Number of entries in the cache at the end.
    pub entries_held: u64,
    /// Number of evictions, as reported by the strategy.
    pub evictions: Option<u64>,
    /// Peak resident memory of the runner.
    pub peak_rss_bytes: u64,
    /// Growth of the runner's anonymous memory since before the strategy was opened.
    pub rss_anon_growth_bytes: u64,
    /// Memory of servers used by the strategy, by service, in bytes.
    pub service_bytes: BTreeMap<String, u64>,
    /// Checksum of all answers, in hexadecimal.
    pub answers_checksum: String,
}

/// Result of a conformance check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Version of the JSON format.
    pub schema: u32,
    /// Name of the strategy.
    pub strategy: String,
    /// True if every case passed, except known failures.
    pub passed: bool,
    /// Failed rules that `variant.toml` declares as known, with its text.
    pub known_failures: BTreeMap<String, String>,
    /// Keys of `variant.toml` that still have the placeholder text of a new strategy.
    pub unwritten: Vec<&'static str>,
    /// Result of each case.
    pub cases: Vec<CheckCase>,
}

/// Reason why a replay or check has no result.
#[derive(Debug, thiserror::Error)]
pub enum InPlaceError {
    /// The strategy does not exist, or its manifest cannot be read.
    #[error(transparent)]
    Spec(#[from] InvalidRequest),
    /// The workspace cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The strategy does not compile.
    #[error("cannot build {strategy}: {message}")]
    Build {
        /// Name of the strategy.
        strategy: String,
        /// Compiler errors, or the reason why cargo built no runner.
        message: String,
    },
    /// cargo cannot be used.
    #[error(transparent)]
    Cargo(#[from] BuildError),
    /// The workload cannot be compiled.
    #[error(transparent)]
    Workload(#[from] bakeoff_workload::store::StoreError),
    /// A compiled workload cannot be opened.
    #[error(transparent)]
    Open(#[from] bakeoff_workload::compiled::WorkloadError),
    /// The runner failed or returned wrong answers.
    #[error("{strategy} {}: {}; {}", failure.kind, failure.message, failure.hint)]
    Failed {
        /// Name of the strategy.
        strategy: String,
        /// Cause; `log` is an absolute path.
        failure: Failure,
    },
    /// A server contains keys of other programs, which the load could evict.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Keys of other programs are missing on a server after the run.
    #[error("{0}")]
    ForeignKeysLost(ServerError),
    /// The user requested to stop.
    #[error("interrupted")]
    Interrupted,
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl InPlaceError {
    /// Returns true if the user's input is the cause; the exit code is then 2.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Spec(_) | Self::Source(_) | Self::Workload(_) | Self::Server(_))
    }

    /// Returns true if the strategy is the cause; the exit code is then 3.
    #[must_use]
    pub fn is_strategy_failure(&self) -> bool {
        matches!(self, Self::Build { .. } | Self::Failed { .. })
    }
}

/// Strategy that is built and can be started.
struct PreparedStrategy {
    manifest: Manifest,
    variant: BuiltVariant,
    servers: RealServers,
    foreign_keys: ExternalServerGuard,
    limits: RunnerLimits,
}

impl PreparedStrategy {
    fn check_foreign_keys(&self) -> Result<(), InPlaceError> {
        self.foreign_keys.check_after(&self.servers, |_| ()).map_err(InPlaceError::ForeignKeysLost)
    }
}

/// Replays a workload with one strategy once, and verifies the answers.
///
/// # Errors
/// [`InPlaceError`].
pub fn replay(
    options: &ReplayOptions,
    interrupt: &Interrupt,
    reporter: &dyn Reporter,
) -> Result<ReplayReport, InPlaceError> {
    let source = SourceCode::discover(&options.subject.start, true)?;
    // Report an unknown strategy before compiling the workload.
    manifest_in(&source, &options.subject.strategy)?;
    let root = source.root().to_owned();
    let cache = WorkloadStore::new(ResultsDir::in_workspace(&root).workloads());
    // Build the strategy and compile the workload concurrently.
    let (strategy, cached) = thread::scope(|scope| {
        let compiling = scope.spawn(|| cache.workload(&options.scenario, &root));
        let strategy = prepare(&source, &options.subject, "replay", interrupt, reporter);
        (strategy, compiling.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let (strategy, cached) = (strategy?, cached?);
    let path = cache.path(&cached.workload.digest());
    let requested = RequestedScenario::bundled(options.scenario.clone());
    let prepared = CompiledScenario::new(&requested, &path)?;
    let capacity = match options.capacity {
        CapacitySpec::Entries(number) if options.capacity_in_bytes => Capacity::Bytes(number),
        size => size.capacity(prepared.plan.record.unique_keys),
    };
    let trial_runner = TrialRunner::new(&strategy.servers, interrupt);
    let variant = &strategy.variant;
    let failed = |error: TrialError| failed(variant, &error);
    let demand = (capacity, options.load);
    let lanes = match options.lanes {
        Some(count) => (count > 1).then(|| Lanes { count, ..Lanes::for_capacity(capacity) }),
        None if options.load == Load::ONE => {
            let hello = trial_runner.hello(variant, strategy.limits).map_err(failed)?;
            Capabilities::of_runner(&hello, !variant.services.is_empty()).lanes(capacity)
        }
        None => None,
    };
    let mut spec = TrialSpec {
        lanes,
        warmup_requests: prepared.plan.record.warmup_requests,
        ..prepared.plan.trial_spec(&variant.strategy, Meter::HitRatio, demand, 1)
    };
    if options.real_time {
        spec.virtual_rate = None;
    }
    let server_bytes = match variant.services.is_empty() {
        true => None,
        false => {
            let demand = server_memory::demand(&prepared, capacity, spec.load.connections);
            let limit = trial_runner.calibrate(variant, &demand, strategy.limits);
            demand.with_buffers(limit.map_err(failed)?)
        }
    };
    let limits = TrialLimits { max_hits: None, server_bytes, process: strategy.limits };
    let on_wait = |note: &str| reporter.report(&ReporterEvent::Note(note));
    let machine = MachineLock::of_this_machine();
    let hold = machine.share(interrupt, on_wait)?.ok_or(InPlaceError::Interrupted)?;
    let measured =
        trial_runner.trial(variant, &prepared, &spec, limits, |_, _| {}).map_err(failed)?;
    drop(hold);
    strategy.check_foreign_keys()?;
    let report = measured.report;
    let seconds = report.elapsed_ns as f64 / 1e9;
    Ok(ReplayReport {
        schema: SCHEMA_VERSION,
        strategy: variant.strategy.clone(),
        workload: prepared.plan.record.workload.clone(),
        read_summary: cached.report.read_summary,
        capacity,
        capacity_entries: capacity.entries(),
        load: options.load,
        lanes,
        hit_ratio: report.counts.hit_ratio(),
        requests_per_second: if seconds > 0.0 {
            report.counts.requests as f64 / seconds
        } else {
            0.0
        },
        counts: report.counts,
        after_warmup: report.meter.after_warmup().cloned(),
        elapsed_ns: report.elapsed_ns,
        clock: report.meter.clock(),
        cpu_ns: report.cpu_ns,
        entries_held: report.entries_held,
        evictions: report.evictions,
        peak_rss_bytes: report.peak_rss_bytes,
        rss_anon_growth_bytes: report
            .rss_anon_after_bytes
            .saturating_sub(report.rss_anon_before_bytes),
        service_bytes: measured.observed.service_bytes,
        answers_checksum: report.answers_checksum,
    })
}

/// Checks the conformance of one strategy.
///
/// A rule that the strategy breaks is not an error but part of the report.
///
/// # Errors
/// [`InPlaceError`].
pub fn check(
    subject: &InPlaceStrategy,
    seed: u64,
    interrupt: &Interrupt,
    reporter: &dyn Reporter,
) -> Result<CheckReport, InPlaceError> {
    let source = SourceCode::discover(&subject.start, true)?;
    let strategy = prepare(&source, subject, "check", interrupt, reporter)?;
    let trial_runner = TrialRunner::new(&strategy.servers, interrupt);
    let cases = trial_runner
        .check(&strategy.variant, seed, strategy.limits)
        .map_err(|error| failed(&strategy.variant, &error))?;
    strategy.check_foreign_keys()?;
    let manifest = strategy.manifest;
    let unwritten = manifest.unwritten();
    let passed = manifest.unexpected_failures(&cases).next().is_none();
    Ok(CheckReport {
        schema: SCHEMA_VERSION,
        strategy: strategy.variant.strategy,
        passed,
        unwritten,
        known_failures: manifest.known_failures,
        cases,
    })
}

/// Builds the strategy in place.
fn prepare(
    source: &SourceCode,
    subject: &InPlaceStrategy,
    step: &str,
    interrupt: &Interrupt,
    reporter: &dyn Reporter,
) -> Result<PreparedStrategy, InPlaceError> {
    let results = ResultsDir::in_workspace(source.root());
    let manifest = manifest_in(source, &subject.strategy)?;
    let at = source.resolve(None)?;
    let checkout = source.checkout("in-place", &subject.strategy, &at, source.root())?;
    let log = results.in_place_log(&subject.strategy, "build");
    let wanted = BuildRequest::single_strategy(&subject.strategy);
    let mut tree = provider::supervised_builder(&results, interrupt, reporter)
        .build(&checkout, &wanted, &log)?;
    let failed =
        |message: String| InPlaceError::Build { strategy: subject.strategy.clone(), message };
    let built = match tree.runners.remove(&subject.strategy) {
        Some(Ok(built)) => built,
        Some(Err(failure)) => return Err(failed(failure.to_string())),
        None => {
            return Err(failed(String::from("cargo did not build the package of the strategy")));
        }
    };
    let variant = BuiltVariant {
        strategy: subject.strategy.clone(),
        launch: provider::launch(&built),
        tree: built.tree.clone(),
        options: subject.options.clone(),
        services: manifest.services.clone(),
        namespace: format!("bakeoff:in-place:{}", subject.strategy),
        log: results.in_place_log(&subject.strategy, step),
    };
    let servers = RealServers::new(subject.servers.clone());
    let services = variant.services.iter().map(String::as_str);
    let foreign_keys =
        ExternalServerGuard::protect(&servers, services, format!("{}:", variant.namespace))?;
    let limits = RunnerLimits {
        answer: Duration::from_secs(10),
        silence: Duration::from_secs(60),
        deadline: Instant::now() + subject.time_limit.unwrap_or(Duration::from_secs(30 * 60)),
        replay: None,
        memory_bytes: subject.memory_budget,
        poll: Duration::from_millis(20),
    };
    Ok(PreparedStrategy { manifest, variant, servers, foreign_keys, limits })
}

fn failed(variant: &BuiltVariant, error: &TrialError) -> InPlaceError {
    if error.is_interrupt() {
        return InPlaceError::Interrupted;
    }
    let failure = error.failure(&variant.log.display().to_string());
    InPlaceError::Failed { strategy: variant.strategy.clone(), failure }
}
