//! The steps of a build.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::cache::Cache;
use super::cargo::call::{self, Selection};
use super::cargo::compile_time::CompileTimes;
use super::cargo::lock_file::keeping_lock_file;
use super::cargo::target_dir::TargetDirs;
use super::cargo::toolchain::Toolchain;
use super::cargo::workspace::Workspace;
use super::context::Context;
use super::error::BuildError;
use super::key::Inputs;
use super::process::Processes;
use super::request::BuildRequest;
use super::runner::{BuildKind, Runners, TreeBuild};
use super::{cache_insert, external};
use crate::interrupt::Interrupt;
use crate::source::Checkout;

/// Builder of runners.
#[derive(Clone, Debug)]
pub struct Builder {
    cache: PathBuf,
    processes: Processes,
    jobs: Option<usize>,
}

impl Builder {
    /// Creates a builder that keeps runners and compiled dependencies under `cache`
    /// (`results/.cache`), and stops cargo at an interrupt.
    #[must_use]
    pub fn new(cache: PathBuf, interrupt: Interrupt) -> Self {
        // Cargo and the runners work in other directories. Only an empty path has no absolute
        // form; it fails at the first file.
        let cache = std::path::absolute(&cache).unwrap_or(cache);
        let processes = Processes { interrupt, supervisor: None, time_limit: None };
        Self { cache, processes, jobs: None }
    }

    /// Sets the number of compilers that run at once; cargo's default is the number of processors.
    #[must_use]
    pub const fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// Sets the executable that supervises cargo, so that its compilers end with this process.
    ///
    /// Its `main` begins with [`bakeoff_services::process::supervise_if_asked`].
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
    /// Builds run one at a time, in all processes.
    ///
    /// # Errors
    ///
    /// Errors of the whole tree: cargo is missing or cannot read the workspace, an interrupt, the
    /// time limit, the file system. A strategy that does not compile is a result of its own.
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
            Workspace::read(&self.processes, &checkout.path, features, toolchain.host(), log)?;
        let read_inputs = || Inputs::read(&checkout.path, &workspace, &toolchain, features);
        let inputs = read_inputs()?;
        let cache = Cache::new(&self.cache);
        let context = Context {
            checkout,
            workspace: &workspace,
            request,
            inputs: &inputs,
            cache: &cache,
            log,
        };
        let start = Instant::now();
        let mut runners = self.build_external(&context);
        if context.find_cached(&mut runners)?.is_empty() {
            let seconds = start.elapsed().as_secs_f64();
            return Ok(TreeBuild { runners, seconds, kind: BuildKind::Reused });
        }
        let targets = TargetDirs::acquire(&self.cache, &self.processes.interrupt)?;
        // The build that was waited for may have been of the same tree.
        let missing = context.find_cached(&mut runners)?;
        if missing.is_empty() {
            return Ok(TreeBuild { runners, seconds: 0.0, kind: BuildKind::Reused });
        }
        let start = Instant::now();
        let clean = |copy: &Path| call::clean(&self.processes, checkout, copy, log);
        let target = targets.prepare(checkout, &toolchain, clean)?;
        let selection =
            Selection { workspace: &workspace, strategies: missing, features, jobs: self.jobs };
        let outcome = call::build(&self.processes, checkout, &target, &selection, log)?;
        let seconds = start.elapsed().as_secs_f64();
        let times = CompileTimes::update(&self.cache, &target.path, &toolchain)?;
        // A folder that is built in place may be edited meanwhile.
        let files_changed = !inputs.same_files(&read_inputs()?);
        for strategy in &selection.strategies {
            let built = cache_insert::insert(&context, strategy, &outcome, &times, files_changed)?;
            runners.insert(strategy.name.clone(), built);
        }
        Ok(TreeBuild { runners, seconds, kind: target.kind })
    }

    fn build_external(&self, context: &Context<'_>) -> Runners {
        let strategies = context.workspace.strategies();
        let built =
            strategies.filter(|s| context.request.includes(&s.name)).filter_map(|strategy| {
                let command = strategy.command.as_ref()?;
                Some((
                    strategy.name.clone(),
                    external::build(&self.processes, context, strategy, command),
                ))
            });
        built.collect()
    }
}
