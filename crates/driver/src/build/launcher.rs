//! A strategy that is not in Rust: a command to build it, and one to run it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use bakeoff_protocol::variant::Command;

use super::key::digest_of_folder;
use super::members::Member;
use super::run::{end_of, run};
use super::{BuildError, BuildFailure, Builder, Built, Order};
use crate::record::atomic_file;
use crate::source::{committed_folder, record_of};

/// Folders that running or building such a strategy fills.
const NOT_SOURCE: [&str; 4] = ["target", "node_modules", "__pycache__", ".venv"];

/// Builds one, unless this very content was built in this very folder.
pub(super) fn build(
    builder: &Builder,
    order: &Order<'_>,
    member: &Member,
    command: &Command,
) -> Result<Built, BuildFailure> {
    let failure = |message: String| BuildFailure { message, log: order.log.to_path_buf() };
    let words = run_words(member, command).map_err(failure)?;
    let content = match committed_folder(order.checkout, &member.folder) {
        Some(id) => id,
        None => digest_of_folder(&member.folder, &NOT_SOURCE)
            .map_err(|error| failure(error.to_string()))?
            .to_hex()
            .to_string(),
    };
    let digest = digest(&content, command);
    let done = mark(builder, order, member);
    if fs::read_to_string(&done).is_ok_and(|built| built == digest) {
        return Ok(built(member, words, digest));
    }
    if let Some((program, arguments)) = command.build.split_first() {
        let ran = call(builder, order, member, program, arguments);
        ran.map_err(|error| failure(error.to_string()))?.map_err(failure)?;
    }
    atomic_file::write(&done, digest.as_bytes()).map_err(|error| failure(error.to_string()))?;
    Ok(built(member, words, digest))
}

fn built(member: &Member, words: Vec<OsString>, digest: String) -> Built {
    Built {
        runner: words.first().map(PathBuf::from).unwrap_or_default(),
        command: words,
        folder: member.folder.clone(),
        digest,
        tree: None,
        binary_bytes: 0,
        cpu_seconds: None,
    }
}

/// The words to run, the program made absolute: a relative one lies in the strategy's folder.
fn run_words(member: &Member, command: &Command) -> Result<Vec<OsString>, String> {
    let Some((program, arguments)) = command.run.split_first() else {
        return Err("variant.toml: [command] run has no words".to_owned());
    };
    let found = find_program(program, &member.folder)
        .ok_or_else(|| format!("`{program}` was not found: install it, or put it into PATH"))?;
    let arguments = arguments.iter().map(OsString::from);
    Ok(std::iter::once(found.into_os_string()).chain(arguments).collect())
}

/// As a shell would: a path is taken from the folder, a bare name from `PATH`. A path need not be
/// there before the strategy is built.
fn find_program(program: &str, folder: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(folder.join(program));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
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

/// Where it is noted what was built in a folder: beside git's record of the worktree, so that the
/// note goes with it, else in the cache.
fn mark(builder: &Builder, order: &Order<'_>, member: &Member) -> PathBuf {
    let strategy = member.strategy_name();
    match record_of(&order.checkout.path) {
        Some(record) => record.join(format!("bakeoff-built-{strategy}")),
        None => {
            let place = blake3::hash(member.folder.as_os_str().as_encoded_bytes());
            builder.cache.join("launchers").join(place.to_hex().as_str())
        }
    }
}

fn call(
    builder: &Builder,
    order: &Order<'_>,
    member: &Member,
    program: &str,
    arguments: &[String],
) -> Result<Result<(), String>, BuildError> {
    let Some(found) = find_program(program, &member.folder) else {
        return Ok(Err(format!("`{program}` was not found: install it, or put it into PATH")));
    };
    let mut command = builder.program(&found);
    command.args(arguments).current_dir(&member.folder);
    command.env("BAKEOFF_TREE", &order.checkout.tree);
    let copy = |output, mut log: fs::File| {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = writeln!(log, "{line}");
        }
    };
    let (status, ()) = run(builder, command, order.log, copy)?;
    Ok(if status.success() {
        Ok(())
    } else {
        Err(format!("`{program}` ended with {status}:\n{}", end_of(order.log)))
    })
}
