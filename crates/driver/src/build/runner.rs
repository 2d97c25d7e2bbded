//! Results of a build.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::error::BuildFailure;

/// A runner that can be started.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The executable, under `results/.cache/runners`; for a strategy that is not in Rust, the
    /// program that its command names.
    pub runner: PathBuf,
    /// The command line: the executable alone, or the command of `variant.toml`.
    pub command: Vec<OsString>,
    /// Working directory of the runner.
    pub folder: PathBuf,
    /// Digest of the executable; for a strategy that is not in Rust, of its folder and command.
    pub digest: String,
    /// Tree that the runner reports in its `hello`: an older one than the checkout's if nothing in
    /// this runner changed since; `None` if the strategy is not in Rust.
    pub tree: Option<String>,
    /// Size of the executable; 0 if the strategy is not in Rust.
    pub binary_bytes: u64,
    /// Summed compile time in seconds of the package and its dependencies, each from the build
    /// that compiled it last; `None` if unknown.
    pub cpu_seconds: Option<f64>,
}

/// Amount of a tree that cargo had to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildKind {
    /// Nothing: every runner was cached.
    Reused,
    /// The packages of the workspace; dependencies were compiled before.
    Seeded,
    /// Everything.
    Cold,
}

impl BuildKind {
    /// Name in a sample.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reused => "reused",
            Self::Seeded => "seeded",
            Self::Cold => "cold",
        }
    }
}

/// Runners by strategy, or why there is none.
pub type Runners = BTreeMap<String, Result<Built, BuildFailure>>;

/// Runners of a tree.
#[derive(Debug)]
pub struct TreeBuild {
    /// By strategy; one that does not compile does not affect the others.
    pub runners: Runners,
    /// Wall seconds of the build, without waiting for other builds.
    pub seconds: f64,
    /// Amount that was compiled.
    pub kind: BuildKind,
}
