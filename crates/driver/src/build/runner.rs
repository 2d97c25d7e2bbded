//! Results of a build.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::error::BuildFailure;

/// Runner that was built and can be started.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltRunner {
    /// Executable in `results/.cache/runners`; for a strategy that is not in Rust, the program in
    /// its run command.
    pub runner: PathBuf,
    /// Command line: only the executable, or the run command in `variant.toml`.
    pub command: Vec<OsString>,
    /// Working directory of the runner.
    pub folder: PathBuf,
    /// Digest of the executable; for a strategy that is not in Rust, of its folder and command.
    pub digest: String,
    /// Tree id that the runner reports in its `hello`; `None` if the strategy is not in Rust. A
    /// cached runner can report an older tree than that of the checkout.
    pub tree: Option<String>,
    /// Size of the executable; 0 if the strategy is not in Rust.
    pub binary_bytes: u64,
    /// Total compile time of the package and its dependencies in seconds; `None` if unknown. The
    /// time of each package is from the build that compiled it last.
    pub cpu_seconds: Option<f64>,
}

/// Amount of code that cargo had to compile for a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildKind {
    /// Nothing: every runner was cached.
    Reused,
    /// Only packages of the workspace; their dependencies were compiled before.
    Seeded,
    /// All packages, including dependencies.
    Cold,
}

impl BuildKind {
    /// Returns the name that samples use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reused => "reused",
            Self::Seeded => "seeded",
            Self::Cold => "cold",
        }
    }
}

/// Runner of each strategy, or the reason why there is none.
pub type Runners = BTreeMap<String, Result<BuiltRunner, BuildFailure>>;

/// Result of building a tree.
#[derive(Debug)]
pub struct TreeBuild {
    /// Runner of each strategy; a strategy that does not compile does not affect the others.
    pub runners: Runners,
    /// Duration of the build in seconds, without the time that it waited for other builds.
    pub seconds: f64,
    /// Amount of code that cargo had to compile.
    pub kind: BuildKind,
}
