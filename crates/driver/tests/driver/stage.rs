//! Test workspace in a temporary directory, whose strategies are behaviors of the fake runner.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bakeoff_driver::build::facts::StrategyFacts;
use bakeoff_driver::build::provider::BuildProvider;
use bakeoff_driver::build::{
    BuildError, BuildFailure, BuildKind, BuildRequest, BuiltRunner, TreeBuild,
};
use bakeoff_driver::environment::Environment;
use bakeoff_driver::error::ExploreError;
use bakeoff_driver::explore::{ExploreOutcome, explore_with};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::phases::generate::{Shell, ShellCall, ShellError};
use bakeoff_driver::record::locks::machine_lock::MachineLock;
use bakeoff_driver::record::store;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::resources::servers::{FillServer, ServerError, ServerLease, ServerProvider};
use bakeoff_driver::source::provider::SourceProvider;
use bakeoff_driver::source::{Checkout, Revision, SourceError};
use bakeoff_driver::ui::reporter::{Reporter, ReporterEvent, SilentReporter};
use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::sample::Record;
use bakeoff_services::ServerTime;
use tempfile::TempDir;

const SCENARIO: &str = r#"
schema = 1
summary = "A tiny one"
seed = 1
[workload]
generator = "zipf"
keys = 300
exponent = 0.9
requests = 4000
[mix]
reads = 0.9
writes = 0.08
deletes = 0.02
[capacity]
sizes = ["10", "30"]
timed = "30"
[measure]
window = 500
warmup = 500
"#;

/// Workspace with fake strategies; also fakes source code, builds and shell commands.
pub struct Stage {
    folder: TempDir,
    /// Digests of runners, by strategy; the default is the strategy's name.
    pub digests: Mutex<BTreeMap<String, String>>,
    pub builds: AtomicUsize,
    /// Variants for which the command of `--generate-cmd` ran.
    pub implemented: Mutex<Vec<String>>,
    pub servers: FakeServers,
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        fs::write(folder.path().join("scenarios/tiny.toml"), SCENARIO).unwrap();
        Self {
            folder,
            digests: Mutex::default(),
            builds: AtomicUsize::new(0),
            implemented: Mutex::default(),
            servers: FakeServers::default(),
        }
    }

    /// Appends lines to the scenario.
    pub fn append_to_scenario(&self, lines: &str) {
        let text = format!("{SCENARIO}\n{lines}\n");
        fs::write(self.root().join("scenarios/tiny.toml"), text).unwrap();
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn results(&self) -> PathBuf {
        self.folder.path().join("results/test")
    }

    pub fn samples(&self) -> PathBuf {
        self.results().join("samples.jsonl")
    }

    pub fn records(&self) -> Vec<Record> {
        store::read(&self.samples()).unwrap()
    }

    pub fn progress(&self, variant: &str) -> Progress {
        let path = self.results().join(format!("results/{variant}_progress.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Returns the complete rounds in their order.
    pub fn rounds(&self) -> Vec<u32> {
        let round = |record: Record| match record {
            Record::Round { round, .. } => Some(round),
            _ => None,
        };
        self.records().into_iter().filter_map(round).collect()
    }

    /// Returns a request for variants that have the names of their strategies.
    pub fn request(&self, variants: &[&str]) -> ExploreOptions {
        let entries: Vec<String> = variants.iter().map(|name| format!("{name:?}: \"\"")).collect();
        ExploreOptions {
            start: self.root().to_owned(),
            name: Some(String::from("test")),
            variants: Some(format!("{{{}}}", entries.join(", "))),
            scenarios: vec![String::from("tiny")],
            rounds: Some(3),
            silence: Some(Duration::from_secs(6)),
            memory_budget: Some(256 << 20),
            max_parallel: Some(2),
            ..ExploreOptions::default()
        }
    }

    pub fn explore(&self, request: &ExploreOptions) -> Result<ExploreOutcome, ExploreError> {
        self.explore_with_reporter(request, &SilentReporter, &Interrupt::default())
    }

    pub fn explore_with_reporter(
        &self,
        request: &ExploreOptions,
        reporter: &dyn Reporter,
        interrupt: &Interrupt,
    ) -> Result<ExploreOutcome, ExploreError> {
        let machine = MachineLock::at(&self.root().join("machine.lock"));
        let environment = Environment {
            source: self,
            builder: self,
            shell: self,
            servers: &self.servers,
            reporter,
            interrupt,
            machine: &machine,
        };
        explore_with(request, environment)
    }
}

impl SourceProvider for Stage {
    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn resolve(&self, git_ref: Option<&str>) -> Result<Revision, SourceError> {
        Ok(Revision {
            git_ref: git_ref.unwrap_or("main").to_owned(),
            commit: String::from("0123456789abcdef"),
            tree: String::from("tree"),
            ..Revision::default()
        })
    }

    fn strategies(&self, _: &Revision) -> Result<Vec<String>, SourceError> {
        Ok(STRATEGIES.iter().map(|name| (*name).to_owned()).collect())
    }

    fn read(&self, _: &Revision, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let service = if path.contains("needs-redis") { "services = [\"redis\"]" } else { "" };
        let default = path.contains("/good");
        let manifest =
            format!("title = \"Fake\"\nsummary = \"Fake\"\ndefault = {default}\n{service}\n");
        Ok(Some(manifest.into_bytes()))
    }

    fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Revision,
        worktree: &Path,
    ) -> Result<Checkout, SourceError> {
        Ok(Checkout {
            path: worktree.to_owned(),
            branch: format!("explore/{exploration}/{variant}"),
            commit: at.commit.clone(),
            tree: at.tree.clone(),
        })
    }

    fn commit_uncommitted(
        &self,
        _: &str,
        variant: &str,
        _: &Path,
        _: &str,
    ) -> Result<Option<Revision>, SourceError> {
        let was_written = self.implemented.lock().unwrap().iter().any(|name| name == variant);
        was_written.then(|| self.resolve(Some("HEAD"))).transpose()
    }

    fn combine(&self, _: &Revision, of: &Revision, _: &str) -> Result<Revision, SourceError> {
        Ok(of.clone())
    }
}

pub const STRATEGIES: [&str; 31] = [
    "replays-slowly",
    "gulps-memory",
    "good",
    "good-too",
    "times-requests",
    "keeps-pace",
    "unbounded",
    "does-not-build",
    "needs-redis",
    "mute",
    "futuristic",
    "other-tree",
    "breaks-a-rule",
    "panics",
    "exits",
    "hangs",
    "prints-garbage",
    "floods-stdout",
    "endless-line",
    "floods-progress",
    "floods-stderr",
    "eats-memory",
    "reports-wrong-checksum",
    "reports-impossible-hits",
    "reports-wrong-size",
    "answers-wrong",
    "deaf-to-bye",
    "timed-panics",
    "timed-hangs",
    "timed-eats-memory",
    "timed-exits",
];

impl BuildProvider for Stage {
    fn build(&self, _: &Checkout, _: &BuildRequest, log: &Path) -> Result<TreeBuild, BuildError> {
        self.builds.fetch_add(1, Ordering::Relaxed);
        let runner = PathBuf::from(env!("CARGO_BIN_EXE_fake-runner"));
        let digests = self.digests.lock().unwrap();
        let built = |strategy: &str| BuiltRunner {
            command: vec![runner.clone().into(), strategy.into(), strategy.into()],
            runner: runner.clone(),
            folder: self.root().to_owned(),
            digest: digests.get(strategy).cloned().unwrap_or_else(|| strategy.to_owned()),
            tree: Some(String::from("tree")),
            binary_bytes: 1,
            cpu_seconds: None,
        };
        let failure = || BuildFailure {
            message: String::from("error[E0425]: cannot find value `x`"),
            log: log.to_owned(),
        };
        let runner = |strategy: &&str| match *strategy {
            "does-not-build" => (String::from(*strategy), Err(failure())),
            strategy => (strategy.to_owned(), Ok(built(strategy))),
        };
        Ok(TreeBuild {
            runners: STRATEGIES.iter().map(runner).collect(),
            seconds: 0.1,
            kind: BuildKind::Reused,
        })
    }

    fn facts(
        &self,
        _: &Checkout,
        _: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, StrategyFacts>, BuildError> {
        Ok(BTreeMap::new())
    }
}

impl Shell for Stage {
    /// Records the call; the command `fail NAME` fails for the variant NAME.
    fn run(&self, call: &ShellCall<'_>, _: &Interrupt) -> Result<(), ShellError> {
        let variant = call.environment.iter().find(|(name, _)| *name == "BAKEOFF_VARIANT");
        let variant = variant.unwrap().1.to_string_lossy().into_owned();
        self.implemented.lock().unwrap().push(variant.clone());
        match call.command.strip_prefix("fail ") {
            Some(name) if name == variant => Err(ShellError::TimeLimit(1)),
            _ => Ok(()),
        }
    }
}

/// Provider of fake servers; by default, no server is available.
#[derive(Default)]
pub struct FakeServers {
    pub is_available: bool,
}

impl FakeServers {
    fn check_available(&self) -> Result<(), ServerError> {
        let missing = "no redis-server here; apt-get install redis-server";
        if self.is_available { Ok(()) } else { Err(ServerError(String::from(missing))) }
    }
}

impl ServerProvider for FakeServers {
    fn version(&self, _: &str) -> Result<String, ServerError> {
        self.check_available().map(|()| String::from("1"))
    }

    fn lease(
        &self,
        _: &str,
        _: &str,
        _: Option<u64>,
        _: ServerTime,
    ) -> Result<Box<dyn ServerLease>, ServerError> {
        self.check_available()?;
        Ok(Box::new(UnusedLease))
    }

    fn limit_for(
        &self,
        _: &str,
        _: u64,
        _: &mut FillServer<'_>,
    ) -> Result<Option<u64>, ServerError> {
        Ok(None)
    }
}

/// Server that the fake runner never uses.
struct UnusedLease;

impl ServerLease for UnusedLease {
    fn address(&self) -> String {
        String::from("redis://127.0.0.1:1")
    }

    fn used_bytes(&self) -> Result<u64, ServerError> {
        Ok(0)
    }

    fn peak_bytes(&self) -> Result<Option<u64>, ServerError> {
        Ok(None)
    }

    /// No request costs this server processor time.
    fn cpu_time(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn as_configured(&self) -> bool {
        false
    }

    fn takes_limit(&self) -> bool {
        false
    }
}

/// Interrupts the run after a number of rounds.
pub struct StopAfterRounds {
    pub rounds: u32,
    pub interrupt: Interrupt,
}

impl Reporter for StopAfterRounds {
    fn report(&self, event: &ReporterEvent<'_>) {
        if let ReporterEvent::Rounds { done, .. } = event
            && *done >= self.rounds
        {
            self.interrupt.set();
        }
    }
}
