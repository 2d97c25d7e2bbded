//! `replay` and `check`: one strategy, in place, without git and without an exploration.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_protocol::message::CheckCase;
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::trial::Counts;
use bakeoff_protocol::{Capacity, Load, Meter, SCHEMA_VERSION};
use bakeoff_workload::Cache;
use bakeoff_workload::scenario::{Scenario, Size};
use bakeoff_workload::trace::Understood;
use serde::Serialize;

use crate::build::provider;
use crate::build::{BuildError, Wanted};
use crate::interrupt::Interrupt;
use crate::record::atomic_file::FileError;
use crate::record::machine_lock::MachineLock;
use crate::record::paths::Results;
use crate::request::SpecError;
use crate::request::scenarios::RequestedScenario;
use crate::request::strategies::manifest_in;
use crate::resources::servers::{ExternalServers, ForeignKeys, RealServers, ServerError};
use crate::resources::workloads::Prepared;
use crate::source::{Source, SourceError};
use crate::trial::parity;
use crate::trial::process::Limits;
use crate::trial::{Bench, Candidate, Job, TrialError};

/// Who is replayed or checked, and with what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Any folder within the workspace.
    pub start: PathBuf,
    /// The folder under `variants/`.
    pub strategy: String,
    /// Its options.
    pub options: BTreeMap<String, String>,
    /// Servers to use instead of private ones.
    pub servers: ExternalServers,
    /// Time that it may take in all; else 30 minutes.
    pub time_limit: Option<Duration>,
    /// Anonymous memory that it may hold, in bytes; else no limit.
    pub memory_budget: Option<u64>,
}

/// What is replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Who.
    pub subject: Subject,
    /// The workload.
    pub scenario: Scenario,
    /// How much the cache may hold.
    pub capacity: Size,
    /// How hard it is driven.
    pub load: Load,
    /// Whether values are weighed in bytes.
    pub weigh_bytes: bool,
}

/// What a replay found: the fields that scripts rely on, and more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayReport {
    /// Version of this record.
    pub schema: u32,
    /// The strategy.
    pub strategy: String,
    /// Digest of the compiled workload.
    pub workload: String,
    /// How its trace was read.
    #[serde(flatten)]
    pub understood: Understood,
    /// The capacity that was asked for.
    pub capacity: Capacity,
    /// The same in entries, where it is bounded by entries.
    pub capacity_entries: Option<u64>,
    /// The load.
    pub load: Load,
    /// Requests, reads, hits and the rest.
    #[serde(flatten)]
    pub counts: Counts,
    /// Hits by reads, 0 to 1.
    pub hit_ratio: f64,
    /// The same without the warm-up.
    pub after_warmup: Option<Counts>,
    /// Wall time of the replay.
    pub elapsed_ns: u64,
    /// Processor time of the runner.
    pub cpu_ns: u64,
    /// Requests per second of wall time.
    pub requests_per_second: f64,
    /// Entries held at the end.
    pub entries_held: u64,
    /// Evictions, as the strategy tells.
    pub evictions: Option<u64>,
    /// Highest resident size of the runner.
    pub peak_rss_bytes: u64,
    /// Growth of the runner's anonymous memory from before the strategy was opened.
    pub rss_anon_growth_bytes: u64,
    /// Bytes that servers hold for it.
    pub service_bytes: BTreeMap<String, u64>,
    /// Fold of all answers, in hexadecimal.
    pub answers_checksum: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Version of this record.
    pub schema: u32,
    /// The strategy.
    pub strategy: String,
    /// Whether every case passed.
    pub passed: bool,
    /// Every case.
    pub cases: Vec<CheckCase>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum InPlaceError {
    /// No such strategy.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// No workspace.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It does not build.
    #[error("{strategy} does not build: {message}")]
    Build {
        /// The strategy.
        strategy: String,
        /// What the compiler said.
        message: String,
    },
    /// Cargo cannot be used.
    #[error(transparent)]
    Cargo(#[from] BuildError),
    /// The workload cannot be compiled.
    #[error(transparent)]
    Workload(#[from] bakeoff_workload::cache::CacheError),
    /// A compiled workload cannot be opened.
    #[error(transparent)]
    Open(#[from] bakeoff_workload::compiled::OpenError),
    /// The runner failed, or was wrong.
    #[error("{strategy} {}: {}; {}", failure.kind, failure.message, failure.hint)]
    Failed {
        /// The strategy.
        strategy: String,
        /// Why; `log` is a whole path.
        failure: Failure,
    },
    /// A server whose keys of other owners the load could evict.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Keys of other owners are missing on a server after the replay.
    #[error("{0}")]
    ForeignKeysLost(ServerError),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
}

impl InPlaceError {
    /// Whether it is a mistake in what was asked: exit code 2.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Spec(_) | Self::Source(_) | Self::Workload(_) | Self::Server(_))
    }

    /// Whether the strategy itself is to blame: exit code 3.
    #[must_use]
    pub fn is_the_strategys(&self) -> bool {
        matches!(self, Self::Build { .. } | Self::Failed { .. })
    }
}

/// A strategy that is built and can be started.
struct Standing {
    candidate: Candidate,
    servers: RealServers,
    foreign_keys: ForeignKeys,
    limits: Limits,
}

impl Standing {
    fn check_foreign_keys(&self) -> Result<(), InPlaceError> {
        self.foreign_keys.check_after(&self.servers, |_| ()).map_err(InPlaceError::ForeignKeysLost)
    }
}

/// Replays one workload against one strategy, once, and holds the answers against what is right.
///
/// # Errors
/// [`InPlaceError`].
pub fn replay(request: &Replay, interrupt: &Interrupt) -> Result<ReplayReport, InPlaceError> {
    let source = Source::discover(&request.subject.start, true)?;
    // Told at once, not after a workload was compiled.
    manifest_in(&source, &request.subject.strategy)?;
    let root = source.root().to_owned();
    let cache = Cache::new(Results::of(&root).workloads());
    // Cargo looks at the sources, or builds, while the workload is compiled.
    let (standing, cached) = thread::scope(|scope| {
        let compiling = scope.spawn(|| cache.workload(&request.scenario, &root));
        let standing = stand(&source, &request.subject, "replay", interrupt);
        (standing, compiling.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let (standing, cached) = (standing?, cached?);
    let path = cache.path_of(&cached.workload.digest());
    let asked = RequestedScenario::bundled(request.scenario.clone());
    let prepared = Prepared::new(&asked, &path)?;
    let capacity = request.capacity.capacity(prepared.record.unique_keys);
    let bench = Bench::new(&standing.servers, interrupt);
    let candidate = &standing.candidate;
    let failed = |error: TrialError| failed(candidate, &error);
    let server_bytes = match candidate.services.is_empty() {
        true => None,
        false => {
            let demand = parity::demand(&prepared, capacity, request.load.connections);
            bench.calibrate(candidate, &demand, standing.limits).map_err(failed)?
        }
    };
    let job = Job {
        meter: Meter::HitRatio,
        capacity,
        load: request.load,
        seed: 1,
        section: None,
        rate: None,
        warmup: prepared.warmup(!candidate.services.is_empty()),
        limit: None,
        most_hits: None,
        server_bytes,
        weigh_bytes: request.weigh_bytes || matches!(capacity, Capacity::Bytes(_)),
    };
    let hold = MachineLock::of_this_machine().share(interrupt)?.ok_or(InPlaceError::Interrupted)?;
    let found =
        bench.trial(candidate, &prepared, &job, standing.limits, |_, _| {}).map_err(failed)?;
    drop(hold);
    standing.check_foreign_keys()?;
    let report = found.report;
    let seconds = report.elapsed_ns as f64 / 1e9;
    Ok(ReplayReport {
        schema: SCHEMA_VERSION,
        strategy: candidate.strategy.clone(),
        workload: prepared.record.workload.clone(),
        understood: cached.compiled.understood,
        capacity,
        capacity_entries: match capacity {
            Capacity::Entries(entries) => Some(entries),
            Capacity::Unbounded | Capacity::Bytes(_) => None,
        },
        load: request.load,
        hit_ratio: report.counts.hit_ratio(),
        requests_per_second: if seconds > 0.0 {
            report.counts.requests as f64 / seconds
        } else {
            0.0
        },
        counts: report.counts,
        after_warmup: report.after_warmup,
        elapsed_ns: report.elapsed_ns,
        cpu_ns: report.cpu_ns,
        entries_held: report.entries_held,
        evictions: report.evictions,
        peak_rss_bytes: report.peak_rss_bytes,
        rss_anon_growth_bytes: report
            .rss_anon_after_bytes
            .saturating_sub(report.rss_anon_before_bytes),
        service_bytes: found.service_bytes,
        answers_checksum: report.answers_checksum,
    })
}

/// Holds one strategy against the conformance kit. Rules that it breaks are no error but part of
/// the report.
///
/// # Errors
/// [`InPlaceError`].
pub fn check(
    subject: &Subject,
    seed: u64,
    interrupt: &Interrupt,
) -> Result<CheckReport, InPlaceError> {
    let source = Source::discover(&subject.start, true)?;
    let standing = stand(&source, subject, "check", interrupt)?;
    let bench = Bench::new(&standing.servers, interrupt);
    let cases = bench
        .check(&standing.candidate, seed, standing.limits)
        .map_err(|error| failed(&standing.candidate, &error))?;
    standing.check_foreign_keys()?;
    Ok(CheckReport {
        schema: SCHEMA_VERSION,
        strategy: standing.candidate.strategy,
        passed: cases.iter().all(|case| case.passed),
        cases,
    })
}

/// Builds the strategy where it lies.
fn stand(
    source: &Source,
    subject: &Subject,
    what: &str,
    interrupt: &Interrupt,
) -> Result<Standing, InPlaceError> {
    let results = Results::of(source.root());
    let manifest = manifest_in(source, &subject.strategy)?;
    let at = source.resolve(None)?;
    let checkout = source.checkout("in-place", &subject.strategy, &at, source.root())?;
    let log = results.in_place_log(&subject.strategy, "build");
    let wanted = Wanted::one(&subject.strategy);
    let mut tree =
        provider::supervised_builder(&results, interrupt).build(&checkout, &wanted, &log)?;
    let wrong =
        |message: String| InPlaceError::Build { strategy: subject.strategy.clone(), message };
    let built = match tree.runners.remove(&subject.strategy) {
        Some(Ok(built)) => built,
        Some(Err(failure)) => return Err(wrong(failure.to_string())),
        None => return Err(wrong(String::from("cargo knows no such package"))),
    };
    let candidate = Candidate {
        strategy: subject.strategy.clone(),
        launch: provider::launch(&built),
        tree: built.tree.clone(),
        options: subject.options.clone(),
        services: manifest.services,
        namespace: format!("bakeoff:in-place:{}", subject.strategy),
        log: results.in_place_log(&subject.strategy, what),
    };
    let servers = RealServers::new(subject.servers.clone());
    let services = candidate.services.iter().map(String::as_str);
    let foreign_keys =
        ForeignKeys::protect(&servers, services, format!("{}:", candidate.namespace))?;
    let limits = Limits {
        answer: Duration::from_secs(10),
        silence: Duration::from_secs(60),
        deadline: Instant::now() + subject.time_limit.unwrap_or(Duration::from_secs(30 * 60)),
        memory_bytes: subject.memory_budget,
        poll: Duration::from_millis(20),
    };
    Ok(Standing { candidate, servers, foreign_keys, limits })
}

fn failed(candidate: &Candidate, error: &TrialError) -> InPlaceError {
    if error.is_interrupt() {
        return InPlaceError::Interrupted;
    }
    let failure = error.failure(&candidate.log.display().to_string());
    InPlaceError::Failed { strategy: candidate.strategy.clone(), failure }
}
