//! Building the runners of a tree, so that no variant is ever measured with another's code.
//!
//! The runners of a tree come out of one cargo call with one fixed selection of packages, so that
//! cargo unifies features in the same way whoever takes part; executables are made of those alone
//! that do. Runners are kept by content; what
//! went into one is its key, so that an unchanged strategy keeps its runner while others change,
//! and an unchanged tree needs no cargo at all.
//!
//! Cargo judges freshness by file times and gives packages of all worktrees the same names, so one
//! target folder for several trees silently yields another tree's program. There is one target
//! folder here all the same, for the sake of what was compiled in it, and three guards: builds are
//! done one at a time; the fingerprints of a package of the workspace are deleted before each
//! unless its files, and those of all that it is compiled with, are byte for byte what was compiled
//! there last; and afterwards cargo must have compiled each of the others, and every runner must
//! name its tree.

mod ask;
mod cache;
mod cargo;
mod cost;
mod dep_info;
mod error;
mod keep;
mod key;
mod launcher;
mod lock_file;
mod members;
mod outcome;
pub mod provider;
mod run;
mod target;
mod toolchain;
mod wanted;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) use cargo::keeping_lock_file;
pub use error::{BuildError, BuildFailure};
pub use wanted::{POSTGRES, SQLITE, Wanted};

use crate::interrupt::Interrupt;
use crate::source::Checkout;
use cache::Cache;
use cargo::Selection;
use cost::Costs;
use key::Context;
use members::{Member, Members};
use target::Target;

/// A runner that is ready to be started.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The executable, under `results/.cache/runners`; for a strategy that is not in Rust the
    /// program that its command names.
    pub runner: PathBuf,
    /// The words to start: the executable alone, or the command of `variant.toml`.
    pub command: Vec<OsString>,
    /// The folder to start it in.
    pub folder: PathBuf,
    /// Digest of the executable; of folder and command where the strategy is not in Rust. It is
    /// the same as long as nothing that goes into the runner changes.
    pub digest: String,
    /// The tree that the runner names in its `hello`. An older one than the checkout's where
    /// nothing that goes into this runner has changed since; `None` where it is not in Rust.
    pub tree: Option<String>,
    /// Size of the executable in bytes; 0 where the strategy is not in Rust.
    pub binary_bytes: u64,
    /// Summed compile time in seconds of the package and all that it depends on, each as it was
    /// when it was last compiled here; `None` where that is not known.
    pub cpu_seconds: Option<f64>,
}

/// How a tree was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Every runner was there; cargo was not called.
    Reused,
    /// Cargo found the dependencies compiled.
    Seeded,
    /// Cargo compiled everything.
    Cold,
}

impl How {
    /// The word in a sample.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reused => "reused",
            Self::Seeded => "seeded",
            Self::Cold => "cold",
        }
    }
}

/// Runners by strategy, or why there is none.
pub type Runners = BTreeMap<String, Result<Built, BuildFailure>>;

/// All runners of a tree.
#[derive(Debug)]
pub struct Tree {
    /// By strategy; one that does not build does not keep the others from it.
    pub runners: Runners,
    /// Wall seconds that it took, waiting for other builds left out.
    pub seconds: f64,
    /// How.
    pub how: How,
}

/// Builds trees.
#[derive(Clone, Debug)]
pub struct Builder {
    cache: PathBuf,
    interrupt: Interrupt,
    jobs: Option<usize>,
    supervisor: Option<PathBuf>,
    time_limit: Option<Duration>,
}

impl Builder {
    /// A builder that keeps runners and compiled dependencies under `cache` (`results/.cache`),
    /// and stops cargo when `interrupt` asks.
    #[must_use]
    pub fn new(cache: PathBuf, interrupt: Interrupt) -> Self {
        // Cargo and the runners work in other folders than we do. Only an empty path has no
        // absolute form, and that one fails at the first file.
        let cache = std::path::absolute(&cache).unwrap_or(cache);
        Self { cache, interrupt, jobs: None, supervisor: None, time_limit: None }
    }

    /// How many compilers may run at once; cargo's own choice unless given.
    #[must_use]
    pub const fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// The executable that supervises cargo, so that its compilers die with us whatever happens;
    /// its `main` begins with [`bakeoff_services::process::supervise_if_asked`].
    #[must_use]
    pub fn supervisor(mut self, executable: PathBuf) -> Self {
        self.supervisor = Some(executable);
        self
    }

    /// How long one call of cargo, or of a command in `variant.toml`, may take.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Builds strategies of a checkout, or finds the runners where nothing has changed.
    /// Callers on other threads and in other processes wait for their turn.
    ///
    /// # Errors
    ///
    /// What concerns the whole tree: cargo is missing or cannot read the workspace, an interrupt,
    /// the time limit, the disk. A strategy that does not compile is a result of its own.
    pub fn build(
        &self,
        checkout: &Checkout,
        wanted: &Wanted,
        log: &Path,
    ) -> Result<Tree, BuildError> {
        let members = members::of(&checkout.path)?;
        let cache = Cache::new(&self.cache);
        let context = Context::of(&checkout.path, &members, &wanted.features)?;
        let order =
            Order { checkout, members: &members, wanted, context: &context, cache: &cache, log };
        let begun = Instant::now();
        let mut runners = self.launchers(&order);
        let mut missing = order.find(&mut runners)?;
        if missing.is_empty() {
            let seconds = begun.elapsed().as_secs_f64();
            return Ok(Tree { runners, seconds, how: How::Reused });
        }
        let target = Target::acquire(&self.cache, &self.interrupt)?;
        // Whoever held the target folder may have built this very tree.
        missing = order.find(&mut runners)?;
        if missing.is_empty() {
            return Ok(Tree { runners, seconds: 0.0, how: How::Reused });
        }
        let begun = Instant::now();
        let prepared = target.prepare(&members, &context)?;
        let selection = Selection {
            packages: order.native().collect(),
            wanted: missing,
            features: &wanted.features,
            kept: prepared.kept,
        };
        let outcome = cargo::build(self, checkout, &target, &selection, log)?;
        let seconds = begun.elapsed().as_secs_f64();
        let costs = Costs::update(&self.cache, target.folder(), &context.toolchain)?;
        // Someone may have edited a folder that is built in place: nobody knows then what was
        // compiled, and nothing is remembered of it.
        let settled = context.same_files(&Context::of(&checkout.path, &members, &wanted.features)?);
        if settled {
            target.note(&members, &context, &outcome)?;
        }
        for member in &selection.wanted {
            let kept = keep::keep(&order, member, &outcome, &costs, settled)?;
            runners.insert(member.strategy_name(), kept);
        }
        Ok(Tree { runners, seconds, how: prepared.how })
    }

    fn launchers(&self, order: &Order<'_>) -> Runners {
        let wanted = order.members.strategies().filter(|member| order.wanted.asks_for(member));
        let launched = wanted.filter_map(|member| {
            let command = member.command.as_ref()?;
            Some((member.strategy_name(), launcher::build(self, order, member, command)))
        });
        launched.collect()
    }
}

/// One tree that is to be built, with all that is known of it.
struct Order<'a> {
    checkout: &'a Checkout,
    members: &'a Members,
    wanted: &'a Wanted,
    context: &'a Context,
    cache: &'a Cache,
    log: &'a Path,
}

impl Order<'_> {
    /// The strategies that cargo builds.
    fn native(&self) -> impl Iterator<Item = &Member> {
        self.members.strategies().filter(|member| member.command.is_none())
    }

    /// Adds the native runners that are there; the wanted strategies whose runner is missing.
    fn find(&self, runners: &mut Runners) -> Result<Vec<&Member>, BuildError> {
        let mut missing = Vec::new();
        for member in self.native().filter(|member| self.wanted.asks_for(member)) {
            let asked = self.context.asked(self.checkout, self.members, member);
            let of_tree = self.context.asked_of_tree(self.checkout, member);
            let entry = match self.cache.find(&asked)? {
                Some(entry) => Some(entry),
                None => self.cache.find(&of_tree)?,
            };
            match entry {
                Some(entry) => {
                    let built = self.cache.built(&entry, self.checkout);
                    runners.insert(member.strategy_name(), Ok(built));
                }
                None => missing.push(member),
            }
        }
        Ok(missing)
    }
}
