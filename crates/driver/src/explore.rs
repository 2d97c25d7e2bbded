//! `explore`: from what was asked to every sample on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use bakeoff_protocol::progress::{Failure, Progress, Status};
use bakeoff_workload::Cache;
use jiff::Timestamp;

use crate::build::Builder;
use crate::interrupt::Interrupt;
use crate::phases::paced;
use crate::phases::run::{Ports, Run, Settings, Stop};
use crate::phases::timed::{self, Contest};
use crate::phases::{generate, untimed};
use crate::record::atomic_file::{self, FileError};
use crate::record::exploration;
use crate::record::exploration_lock::{LockError, MachineLock, NameLock};
use crate::record::paths::Results;
use crate::record::progress::{self, Event};
use crate::record::progress_store::Board;
use crate::record::store::Store;
use crate::request::options::Request;
use crate::request::{self, Spec, SpecError};
use crate::resources::availability;
use crate::resources::servers::RealServers;
use crate::resources::workloads::Prepared;
use crate::source::{Source, SourceError};
use crate::trial::Bench;
use crate::trial::machine;
use crate::ui::reporter::{News, Reporter};

/// Why an exploration came to no end of its own.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// A mistake in what was asked; nothing was made on the disk.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Another driver works on the same name.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A workload cannot be compiled.
    #[error("scenario {scenario}: {source}")]
    Workload {
        /// The scenario.
        scenario: String,
        /// Why.
        source: bakeoff_workload::cache::CacheError,
    },
    /// A compiled workload cannot be opened.
    #[error(transparent)]
    Open(#[from] bakeoff_workload::compiled::OpenError),
    /// A file cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl ExploreError {
    /// Whether the user can mend it by asking differently, or by waiting: exit code 2.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Spec(SpecError::File(_)) | Self::Open(_) | Self::File(_) => false,
            Self::Lock(LockError::File(_)) => false,
            Self::Workload { source, .. } => source.is_input(),
            Self::Spec(_) | Self::Lock(_) => true,
        }
    }
}

impl From<SourceError> for ExploreError {
    fn from(error: SourceError) -> Self {
        Self::Spec(error.into())
    }
}

/// How an exploration ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Every variant, in the user's order.
    pub variants: Vec<Progress>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Whether nothing had to be done.
    pub unchanged: bool,
}

impl Outcome {
    /// Variants that failed, each with its reason.
    #[must_use]
    pub fn failed(&self) -> Vec<&Progress> {
        self.variants.iter().filter(|variant| variant.status == Status::Failed).collect()
    }

    /// Whether not one variant left figures.
    #[must_use]
    pub fn all_skipped(&self) -> bool {
        self.variants.iter().all(|variant| variant.status == Status::Skipped)
    }
}

/// Explores with git, cargo, real servers and real processes.
///
/// # Errors
/// [`ExploreError`]; a variant that fails is no error but part of the [`Outcome`].
pub fn explore(
    request: &Request,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Outcome, ExploreError> {
    let source = Source::discover(&request.start, request.in_place)?;
    let results = Results::of(source.root());
    let build = builder(&results, interrupt);
    let servers = RealServers::new(
        request.redis_url.clone(),
        request.database_url.clone(),
        request.allow_remote,
    );
    let machine = MachineLock::of_this_machine();
    let ports = Ports {
        code: &source,
        build: &build,
        shell: &generate::Supervised::by_us(),
        servers: &servers,
        reporter,
        interrupt,
        machine: &machine,
    };
    explore_with(request, ports)
}

/// A builder whose cargo dies with us.
pub(crate) fn builder(results: &Results, interrupt: &Interrupt) -> Builder {
    let builder = Builder::new(results.cache(), interrupt.clone());
    match std::env::current_exe() {
        Ok(executable) => builder.supervisor(executable),
        Err(_) => builder,
    }
}

/// Explores with the given outside.
///
/// # Errors
/// As [`explore`].
pub fn explore_with(request: &Request, ports: Ports<'_>) -> Result<Outcome, ExploreError> {
    let spec = request::resolve(request, ports.code)?;
    let results = Results::of(ports.code.root());
    let files = results.exploration(&spec.name);
    let _lock = NameLock::take(&spec.name, &results.lock(&spec.name))?;
    let cache = Cache::new(results.workloads());
    let prepared = prepare(&spec, &cache, ports.code.root())?;
    if request.fresh {
        set_aside(&files)?;
    }
    atomic_file::sweep(files.folder())?;
    atomic_file::sweep(&files.progress_folder())?;
    let (store, found) = Store::open(&files.samples())?;
    for note in &spec.notes {
        ports.reporter.hear(&News::Note(note));
    }
    if found.torn_bytes > 0 {
        ports
            .reporter
            .hear(&News::Note("the last sample was torn by an earlier stop; it was cut off"));
    }
    let before = store.records().len();
    let mut run = Run {
        board: Board::new(files.clone(), ports.reporter),
        machine: machine::describe(),
        bench: Bench::new(ports.servers, ports.interrupt),
        settings: settings(request),
        store: Mutex::new(store),
        bounding: Mutex::new(()),
        ports,
        spec,
        files,
        results,
        prepared,
    };
    let interrupted = match lanes(&mut run, request) {
        Ok(()) => false,
        Err(Stop::Interrupted) => true,
        Err(Stop::File(error)) => return Err(error.into()),
    };
    if interrupted {
        for entrant in &run.spec.entrants {
            run.tell(&entrant.variant.name, Event::Paused)?;
        }
    }
    let mut states = run.board.states();
    let in_order = run.spec.entrants.iter().filter_map(|e| states.remove(&e.variant.name));
    Ok(Outcome {
        name: run.spec.name.to_string(),
        folder: run.files.folder().to_owned(),
        variants: in_order.collect(),
        interrupted,
        unchanged: run.store().records().len() == before,
    })
}

/// Both lanes, and the record of the exploration before and after.
fn lanes(run: &mut Run<'_>, request: &Request) -> Result<(), Stop> {
    forget_others(run)?;
    for entrant in &run.spec.entrants {
        run.board.enter(progress::pending(&run.spec.name, &entrant.variant, Timestamp::now()))?;
    }
    let names: Vec<String> =
        run.spec.entrants.iter().map(|entrant| entrant.variant.name.clone()).collect();
    run.ports.reporter.hear(&News::Variants(&names));
    if let Some(command) = &request.implement {
        // Whatever stops it, there is a record to go on from.
        atomic_file::write_json(&run.files.record(), &exploration::of(run, request))?;
        let written = generate::run(run, command)?;
        for entrant in &mut run.spec.entrants {
            if let Some(now) = written.iter().find(|now| now.variant.name == entrant.variant.name) {
                entrant.clone_from(now);
            }
        }
    }
    let run = &*run;
    let mut record = exploration::of(run, request);
    atomic_file::write_json(&run.files.record(), &record)?;

    let able = availability::able(run, &mut record)?;
    let ready = untimed::run(run, &able)?;
    for variant in &mut record.variants {
        if let Some(ready) = ready.iter().find(|ready| ready.name() == variant.name) {
            variant.properties = Some(ready.hello.properties.clone());
        }
    }
    if let Some(baseline) = exploration::baseline(run, &ready) {
        record.baseline = baseline;
    }
    let minimum_ns = run.spec.profile.minimum_ns();
    let mut contests: Vec<Contest<'_>> = run
        .prepared
        .iter()
        .filter_map(|prepared| Contest::new(run, prepared, &ready, &record.baseline, minimum_ns))
        .collect();
    for contest in &contests {
        for scenario in &mut record.scenarios {
            if scenario.name == contest.prepared.record.name {
                scenario.family.clone_from(&contest.family);
                scenario.sets = contest.set_families();
            }
        }
    }
    atomic_file::write_json(&run.files.record(), &record)?;
    standing_failures(run, &mut contests)?;
    paced::run(run, &ready)?;
    timed::run(run, &ready, &mut contests)?;
    for contest in &contests {
        for scenario in &mut record.scenarios {
            if scenario.name == contest.prepared.record.name {
                scenario.stopped = contest.stopped;
            }
        }
    }
    atomic_file::write_json(&run.files.record(), &record)?;
    for ready in &ready {
        run.tell(ready.name(), Event::Completed)?;
    }
    Ok(())
}

/// Removes progress files of variants that no longer take part: they would look like this run's.
/// Their samples stay.
fn forget_others(run: &Run<'_>) -> Result<(), FileError> {
    let folder = run.files.progress_folder();
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    let known: Vec<PathBuf> =
        run.spec.entrants.iter().map(|entrant| run.files.progress(&entrant.variant.name)).collect();
    for entry in entries {
        let path = entry.map_err(FileError::at(&folder))?.path();
        let is_progress = path.to_string_lossy().ends_with("_progress.json");
        if is_progress && !known.contains(&path) {
            fs::remove_file(&path).map_err(FileError::at(&path))?;
        }
    }
    Ok(())
}

/// Failures in rounds of earlier runs are failures now, until they are tried again.
fn standing_failures(run: &Run<'_>, contests: &mut [Contest<'_>]) -> Result<(), Stop> {
    let standing: Vec<(String, Failure)> =
        contests.iter().flat_map(|contest| contest.standing.iter().cloned()).collect();
    for (name, failure) in standing {
        if failure.kind == "memory" {
            run.tell(&name, Event::Disqualified(failure.message))?;
        } else {
            run.tell(&name, Event::Failed(failure))?;
            contests.iter_mut().for_each(|contest| contest.drop(&name));
        }
    }
    Ok(())
}

/// Compiles the workloads that are not compiled yet.
pub(crate) fn prepare(
    spec: &Spec,
    cache: &Cache,
    root: &Path,
) -> Result<Vec<Prepared>, ExploreError> {
    let mut prepared = Vec::new();
    for asked in &spec.scenarios {
        let cached = cache.workload(&asked.scenario, root).map_err(|source| {
            ExploreError::Workload { scenario: asked.scenario.name.clone(), source }
        })?;
        let path = cache.path_of(&cached.workload.digest());
        prepared.push(Prepared::new(asked, &path)?);
    }
    Ok(prepared)
}

/// Moves everything of an earlier run to `history/<UTC time>/`; worktrees stay where git knows
/// them.
fn set_aside(files: &crate::record::paths::Exploration) -> Result<(), FileError> {
    let entries = match fs::read_dir(files.folder()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(FileError::at(files.folder())(error)),
    };
    let target = files.history_at(Timestamp::now());
    fs::create_dir_all(&target).map_err(FileError::at(&target))?;
    for entry in entries {
        let entry = entry.map_err(FileError::at(files.folder()))?;
        let name = entry.file_name();
        if name != "history" && name != "worktrees" {
            fs::rename(entry.path(), target.join(&name)).map_err(FileError::at(&target))?;
        }
    }
    atomic_file::sync_folder(&target)?;
    atomic_file::sync_folder(files.folder())
}

fn settings(request: &Request) -> Settings {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let max_parallel = request.max_parallel.unwrap_or(cores.min(2)).max(1);
    let memory = machine::describe().memory_bytes;
    let share = if memory == 0 { u64::MAX } else { memory / 2 / max_parallel as u64 };
    let silence = request.silence.unwrap_or(Duration::from_secs(60));
    Settings {
        max_parallel,
        time_limit: request.time_limit.unwrap_or(Duration::from_secs(30 * 60)),
        memory_budget: request.memory_budget.unwrap_or(share),
        retry_failed: request.retry_failed,
        answer: silence / 6,
        silence,
    }
}
