//! What can go wrong with a build.

use std::path::{Path, PathBuf};

/// Why one strategy has no runner; the others may have theirs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (log: {})", log.display())]
pub struct BuildFailure {
    /// What the compiler, or the strategy's own build command, said.
    pub message: String,
    /// Where all of it stands.
    pub log: PathBuf,
}

/// Why a whole tree has no runners.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Someone asked to stop.
    #[error("the build was interrupted; the same command goes on where it stopped")]
    Interrupted,
    /// It took too long.
    #[error("{command} took longer than {seconds} s (log: {})", log.display())]
    TimeLimit {
        /// The program.
        command: String,
        /// The limit.
        seconds: u64,
        /// What it said until then.
        log: PathBuf,
    },
    /// A program is missing.
    #[error(
        "`{program}` cannot be started ({source}): install Rust from https://rustup.rs, or put its folder into PATH"
    )]
    NoToolchain {
        /// `cargo` or `rustc`.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Cargo failed before it compiled anything.
    #[error("cargo cannot build {}: {message} (log: {})", workspace.display(), log.display())]
    Cargo {
        /// The workspace.
        workspace: PathBuf,
        /// The end of what it said.
        message: String,
        /// Where all of it stands.
        log: PathBuf,
    },
    /// A manifest cannot be understood.
    #[error("{}: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Cargo took code of another tree for this one's.
    #[error(
        "cargo took {package} for compiled although its tree was never built there; {} was \
         emptied, and the same command builds everything anew",
        target.display()
    )]
    Stale {
        /// The package.
        package: String,
        /// The target folder.
        target: PathBuf,
    },
    /// The disk failed.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file of the cache could not be written.
    #[error(transparent)]
    File(#[from] crate::record::atomic_file::FileError),
}

impl BuildError {
    /// For `map_err` after a call to the file system.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
