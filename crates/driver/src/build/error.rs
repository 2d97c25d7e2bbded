//! Errors of a build.

use std::path::{Path, PathBuf};

/// Error of one strategy; others of the tree may have a runner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (log: {})", log.display())]
pub struct BuildFailure {
    /// Errors of the compiler, or the output of the strategy's own build command.
    pub message: String,
    /// File with the complete output.
    pub log: PathBuf,
}

/// Error of a whole tree.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The user asked to stop.
    #[error("the build was interrupted; run the same command again to continue")]
    Interrupted,
    /// A program ran for too long.
    #[error(
        "cannot finish the build: `{command}` took longer than {seconds} s; raise the time limit \
         (log: {})", log.display()
    )]
    TimeLimit {
        /// The program.
        command: String,
        /// The limit.
        seconds: u64,
        /// File with its output.
        log: PathBuf,
    },
    /// A program is missing.
    #[error(
        "cannot start `{program}`: {source}; install Rust from https://rustup.rs, or add its \
         directory to PATH"
    )]
    NoToolchain {
        /// `cargo` or `rustc`.
        program: String,
        /// Error of the system.
        source: std::io::Error,
    },
    /// Cargo failed before it compiled anything.
    #[error("cannot build {}: {message} (log: {})", workspace.display(), log.display())]
    Cargo {
        /// The workspace.
        workspace: PathBuf,
        /// End of cargo's output.
        message: String,
        /// File with the complete output.
        log: PathBuf,
    },
    /// A manifest cannot be used.
    #[error("cannot use {}: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The reason.
        message: String,
    },
    /// Cargo reused code of another tree.
    #[error(
        "cannot trust the build: cargo reused {package} from another tree; its target directory \
         was removed, run the same command again"
    )]
    Stale {
        /// Id of the package.
        package: String,
    },
    /// The file system failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// Attempted action, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// A file of the cache cannot be written.
    #[error(transparent)]
    File(#[from] crate::record::atomic_file::FileError),
}

impl BuildError {
    /// Adds action and path to an error of the file system.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
