//! Builds the runners of a checkout: searches the cache, calls cargo, and fills the cache.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::cache::insert;
use super::cache::key::KeyInputs;
use super::cache::runner_cache::RunnerCache;
use super::cargo::commands::{self, BuildSelection};
use super::cargo::compile_time::CompileTimes;
use super::cargo::lock_file::keeping_lock_file;
use super::cargo::target_dir::TargetDirs;
use super::cargo::toolchain::Toolchain;
use super::cargo::workspace::CargoWorkspace;
use super::context::BuildContext;
use super::error::BuildError;
use super::non_rust;
use super::process::ChildProcesses;
use super::request::BuildRequest;
use super::runner::{BuildKind, Runners, TreeBuild};
use crate::interrupt::Interrupt;
use crate::source::Checkout;
use crate::ui::reporter::{Reporter, ReporterEvent, SilentReporter};

/// Builds the runners of strategies with cargo, or with the build command in `variant.toml`.
#[derive(Clone)]
pub struct RunnerBuilder<'a> {
    cache: PathBuf,
    processes: ChildProcesses,
    jobs: Option<usize>,
    reporter: &'a dyn Reporter,
}

impl<'a> RunnerBuilder<'a> {
    /// Creates a builder that keeps runners and compiled dependencies under `cache`
    /// (`results/.cache`), and stops cargo if the user interrupts.
    #[must_use]
    pub fn new(cache: PathBuf, interrupt: Interrupt) -> Self {
        // The path must be absolute, because cargo and the runners have other working directories.
        // An empty path has no absolute form and fails when the first file is written.
        let cache = std::path::absolute(&cache).unwrap_or(cache);
        let processes = ChildProcesses { interrupt, supervisor: None, time_limit: None };
        Self { cache, processes, jobs: None, reporter: &SilentReporter }
    }

    /// Sets the number of compilers that run at once; cargo's default is the number of processors.
    #[must_use]
    pub const fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// Sets the receiver of notes on waits and on the start of a compilation.
    #[must_use]
    pub const fn reporter(mut self, reporter: &'a dyn Reporter) -> Self {
        self.reporter = reporter;
        self
    }

    /// Sets the executable that supervises cargo, so that its compilers end with this process.
    ///
    /// The `main` of the executable must begin with
    /// [`bakeoff_services::process::supervise_if_asked`].
    #[must_use]
    pub fn supervisor(mut self, executable: PathBuf) -> Self {
        self.processes.supervisor = Some(executable);
        self
    }

    /// Sets the time limit of one call of cargo or of a command in `variant.toml`.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.processes.time_limit = Some(limit);
        self
    }

    /// Builds strategies of a checkout, or returns their cached runners.
    ///
    /// Only one cargo build runs at a time, across all processes that use the cache.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if cargo is missing or cannot read the workspace, or if the build is stopped
    /// by an interrupt, the time limit or the file system. A strategy that does not compile is not
    /// an error but part of the result.
    pub fn build(
        &self,
        checkout: &Checkout,
        request: &BuildRequest,
        log: &Path,
    ) -> Result<TreeBuild, BuildError> {
        keeping_lock_file(&checkout.path, || self.build_tree(checkout, request, log))?
    }

    fn build_tree(
        &self,
        checkout: &Checkout,
        request: &BuildRequest,
        log: &Path,
    ) -> Result<TreeBuild, BuildError> {
        let toolchain = Toolchain::detect(&checkout.path)?;
        let features = &request.features;
        let workspace =
            CargoWorkspace::read(&self.processes, &checkout.path, features, toolchain.host(), log)?;
        let read_inputs = || KeyInputs::read(&checkout.path, &workspace, &toolchain, features);
        let inputs = read_inputs()?;
        let cache = RunnerCache::new(&self.cache);
        let context = BuildContext {
            checkout,
            workspace: &workspace,
            request,
            inputs: &inputs,
            cache: &cache,
            log,
        };
        let start = Instant::now();
        let mut runners = self.build_non_rust(&context);
        if context.find_cached(&mut runners)?.is_empty() {
            let seconds = start.elapsed().as_secs_f64();
            return Ok(TreeBuild { runners, seconds, kind: BuildKind::Reused });
        }
        let targets = TargetDirs::acquire(&self.cache, &self.processes.interrupt, self.reporter)?;
        // Another process may have built the same tree while this one waited.
        let missing = context.find_cached(&mut runners)?;
        if missing.is_empty() {
            return Ok(TreeBuild { runners, seconds: 0.0, kind: BuildKind::Reused });
        }
        let start = Instant::now();
        let clean = |copy: &Path| commands::clean(&self.processes, checkout, copy, log);
        let target = targets.prepare(checkout, &toolchain, clean)?;
        let selection = BuildSelection {
            workspace: &workspace,
            strategies: missing,
            features,
            jobs: self.jobs,
        };
        self.report_compilation(&selection, target.kind, log);
        let outcome = commands::build(&self.processes, checkout, &target, &selection, log)?;
        let seconds = start.elapsed().as_secs_f64();
        let times = CompileTimes::update(&self.cache, &target.path, &toolchain)?;
        // With `--in-place`, the user may edit files during the build.
        let files_changed = !inputs.same_files(&read_inputs()?);
        for strategy in &selection.strategies {
            let built = insert::insert(&context, strategy, &outcome, &times, files_changed)?;
            runners.insert(strategy.name.clone(), built);
        }
        Ok(TreeBuild { runners, seconds, kind: target.kind })
    }

    fn report_compilation(&self, selection: &BuildSelection<'_>, kind: BuildKind, log: &Path) {
        let names: Vec<&str> =
            selection.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
        let scope = match kind {
            BuildKind::Cold => " and all dependencies",
            BuildKind::Seeded | BuildKind::Reused => "",
        };
        let note = format!("compiling {}{scope} (log: {})", names.join(", "), log.display());
        self.reporter.report(&ReporterEvent::Note(&note));
    }

    fn build_non_rust(&self, context: &BuildContext<'_>) -> Runners {
        let strategies = context.workspace.strategies();
        let built =
            strategies.filter(|s| context.request.includes(&s.name)).filter_map(|strategy| {
                let command = strategy.command.as_ref()?;
                Some((
                    strategy.name.clone(),
                    non_rust::build(&self.processes, context, strategy, command),
                ))
            });
        built.collect()
    }
}
