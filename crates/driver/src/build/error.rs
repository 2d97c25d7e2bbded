//! Errors of a build.

use std::path::{Path, PathBuf};

/// Build error of one strategy; other strategies of the tree may have been built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (log: {})", log.display())]
pub struct BuildFailure {
    /// Errors of the compiler, or the output of the strategy's own build command.
    pub message: String,
    /// File with the complete output.
    pub log: PathBuf,
}

/// Reason why no strategy of a tree can be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The user asked to stop.
    #[error("the build was interrupted; run the same command again to continue")]
    Interrupted,
    /// A program exceeded the time limit.
    #[error(
        "cannot finish the build: `{command}` took longer than {seconds} s; raise the time limit \
         (log: {})", log.display()
    )]
    TimeLimit {
        /// Name of the program.
        command: String,
        /// Time limit.
        seconds: u64,
        /// File with the output of the program.
        log: PathBuf,
    },
    /// A program cannot be started.
    #[error(
        "cannot start `{program}`: {source}; install Rust from https://rustup.rs, or add its \
         directory to PATH"
    )]
    NoToolchain {
        /// Name of the program, such as `cargo`.
        program: String,
        /// Cause, as reported by the operating system.
        source: std::io::Error,
    },
    /// Cargo failed before it compiled anything.
    #[error("cannot build {}: {message} (log: {})", workspace.display(), log.display())]
    Cargo {
        /// Root of the workspace.
        workspace: PathBuf,
        /// End of cargo's output.
        message: String,
        /// File with the complete output.
        log: PathBuf,
    },
    /// A `Cargo.toml` or `variant.toml` cannot be used.
    #[error("cannot use {}: {message}", path.display())]
    Manifest {
        /// Path of the manifest.
        path: PathBuf,
        /// Cause.
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
        /// File or directory.
        path: PathBuf,
        /// Cause, as reported by the operating system.
        source: std::io::Error,
    },
    /// A file of the cache cannot be written.
    #[error(transparent)]
    File(#[from] crate::record::atomic_file::FileError),
}

impl BuildError {
    /// Returns a function for `map_err` that adds an action and a path to an I/O error.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
