//! Builds strategies that are not written in Rust, with the commands in their `variant.toml`.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use bakeoff_protocol::variant::Command;

use super::cache::key::digest_folder;
use super::cargo::workspace::StrategyPackage;
use super::context::BuildContext;
use super::error::{BuildError, BuildFailure};
use super::process::{ChildProcesses, end_of};
use super::runner::BuiltRunner;
use crate::record::atomic_file;
use crate::source::{committed_tree_id, worktree_record};

/// Subdirectories that a build or a run creates, so they are not part of the source code.
const NOT_SOURCE: [&str; 4] = ["target", "node_modules", "__pycache__", ".venv"];

/// Builds a strategy, unless the same content was already built in the same directory.
pub(super) fn build(
    processes: &ChildProcesses,
    context: &BuildContext<'_>,
    strategy: &StrategyPackage,
    command: &Command,
) -> Result<BuiltRunner, BuildFailure> {
    let failure = |message: String| BuildFailure { message, log: context.log.to_path_buf() };
    let words = run_command(strategy, command).map_err(failure)?;
    let content = match committed_tree_id(context.checkout, &strategy.folder) {
        Some(id) => id,
        None => digest_folder(&strategy.folder, &NOT_SOURCE)
            .map_err(|error| failure(error.to_string()))?
            .to_hex()
            .to_string(),
    };
    let digest = digest(&content, command);
    let record = record_path(context, strategy);
    if fs::read_to_string(&record).is_ok_and(|built| built == digest) {
        return Ok(built(strategy, words, digest));
    }
    if let Some((program, arguments)) = command.build.split_first() {
        let ran = run_build_command(processes, context, strategy, program, arguments);
        ran.map_err(|error| failure(error.to_string()))?.map_err(failure)?;
    }
    atomic_file::write(&record, digest.as_bytes()).map_err(|error| failure(error.to_string()))?;
    Ok(built(strategy, words, digest))
}

fn built(strategy: &StrategyPackage, words: Vec<OsString>, digest: String) -> BuiltRunner {
    BuiltRunner {
        runner: words.first().map(PathBuf::from).unwrap_or_default(),
        command: words,
        folder: strategy.folder.clone(),
        digest,
        tree: None,
        binary_bytes: 0,
        cpu_seconds: None,
    }
}

/// Returns the command that runs a strategy, with the absolute path of the program.
fn run_command(strategy: &StrategyPackage, command: &Command) -> Result<Vec<OsString>, String> {
    let Some((program, arguments)) = command.run.split_first() else {
        return Err("cannot run the strategy: [command] run in variant.toml is empty".to_owned());
    };
    let program = find_program(program, &strategy.folder)?;
    let arguments = arguments.iter().map(OsString::from);
    Ok(std::iter::once(program.into_os_string()).chain(arguments).collect())
}

/// Resolves a program: a path is relative to `folder`, a bare name is searched in `PATH`.
///
/// A path is not checked, because the build may create the file.
fn find_program(program: &str, folder: &Path) -> Result<PathBuf, String> {
    if program.contains('/') {
        return Ok(folder.join(program));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    candidates.find(|path| path.is_file()).ok_or_else(|| {
        format!("cannot find `{program}` in PATH: install it, or add its directory to PATH")
    })
}

fn digest(content: &str, command: &Command) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(content.as_bytes());
    for word in command.build.iter().chain([&String::new()]).chain(&command.run) {
        hasher.update(&[0]);
        hasher.update(word.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Returns the file with the digest of the last build of a strategy.
///
/// In a worktree, it is in git's record of the worktree, so that both disappear together.
/// Elsewhere, it is in the cache.
fn record_path(context: &BuildContext<'_>, strategy: &StrategyPackage) -> PathBuf {
    match worktree_record(&context.checkout.path) {
        Some(record) => record.join(format!("bakeoff-built-{}", strategy.name)),
        None => {
            let folder = blake3::hash(strategy.folder.as_os_str().as_encoded_bytes());
            context.cache.root().join("external").join(folder.to_hex().as_str())
        }
    }
}

/// Runs the build command of a strategy.
///
/// The inner error says that the command is missing or failed, the outer one that it could not be
/// run to its end.
fn run_build_command(
    processes: &ChildProcesses,
    context: &BuildContext<'_>,
    strategy: &StrategyPackage,
    program: &str,
    arguments: &[String],
) -> Result<Result<(), String>, BuildError> {
    let found = match find_program(program, &strategy.folder) {
        Ok(found) => found,
        Err(message) => return Ok(Err(message)),
    };
    let mut command = processes.command(&found);
    command.args(arguments).current_dir(&strategy.folder);
    command.env("BAKEOFF_TREE", &context.checkout.tree);
    let copy = |output, mut log: fs::File| {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = writeln!(log, "{line}");
        }
    };
    let (status, ()) = processes.run(command, context.log, copy)?;
    Ok(if status.success() {
        Ok(())
    } else {
        Err(format!("`{program}` failed with {status}:\n{}", end_of(context.log)))
    })
}
