//! The one cargo call that builds all runners of a tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::members::Member;
use super::outcome::{Outcome, read_messages};
use super::run::{end_of, run};
use super::target::Target;
use super::{BuildError, Builder};
use crate::source::{Checkout, mark_building};

/// The variable that a runner's build embeds, so that the runner can name its tree.
const TREE: &str = "BAKEOFF_TREE";

/// What one call is to build.
pub(super) struct Selection<'a> {
    /// All native strategies: cargo unifies the features of all packages that it is given, so it
    /// is always given the same.
    pub(super) packages: Vec<&'a Member>,
    /// Those of them that are to be compiled.
    pub(super) wanted: Vec<&'a Member>,
    /// Features to turn on, as `package/feature`.
    pub(super) features: &'a [&'static str],
    /// Packages of the workspace that cargo may take for compiled.
    pub(super) kept: BTreeSet<String>,
}

/// Builds what is wanted, whatever becomes of each. The target folder is prepared.
pub(super) fn build(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &Selection<'_>,
    log: &Path,
) -> Result<Outcome, BuildError> {
    let outcome = call(builder, checkout, target, selection, log)?;
    if let Some(package) = outcome.fresh.difference(&selection.kept).next() {
        // Cargo keeps its books in another way than we think: nothing there can be trusted.
        target.empty()?;
        let (package, target) = (package.clone(), target.folder().to_path_buf());
        return Err(BuildError::Stale { package, target });
    }
    if !outcome.success && outcome.is_empty() {
        return Err(BuildError::Cargo {
            workspace: checkout.path.clone(),
            message: end_of(log),
            log: log.to_path_buf(),
        });
    }
    Ok(outcome)
}

fn call(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &Selection<'_>,
    log: &Path,
) -> Result<Outcome, BuildError> {
    let mut lock_text = String::new();
    let called = keeping_lock_file(&checkout.path, || {
        let command = command(builder, checkout, target, selection);
        let called = run(builder, command, log, read_messages);
        lock_text = fs::read_to_string(checkout.path.join("Cargo.lock")).unwrap_or_default();
        called
    })?;
    let (status, mut outcome) = called?;
    outcome.success = status.success();
    outcome.lock_text = lock_text;
    Ok(outcome)
}

/// Calls something that may rewrite the lock file of a workspace, and undoes that: a worktree
/// that differs from its commit looks like one that someone works in.
pub(crate) fn keeping_lock_file<T>(
    workspace: &Path,
    call: impl FnOnce() -> T,
) -> Result<T, BuildError> {
    let path = workspace.join("Cargo.lock");
    let before = fs::read(&path).ok();
    let mark = mark_building(workspace).map_err(BuildError::io("marking", workspace))?;
    let answer = call();
    let after = fs::read(&path).ok();
    match before {
        Some(before) if after.as_ref() != Some(&before) => {
            crate::record::atomic_file::write(&path, &before)?
        }
        None if after.is_some() => {
            fs::remove_file(&path).map_err(BuildError::io("removing", &path))?;
        }
        _ => {}
    }
    drop(mark);
    Ok(answer)
}

fn command(
    builder: &Builder,
    checkout: &Checkout,
    target: &Target,
    selection: &Selection<'_>,
) -> Command {
    let mut command = builder.program("cargo");
    command.args(["build", "--release", "--keep-going", "--timings", "--message-format=json"]);
    if let Some(jobs) = builder.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    for member in &selection.packages {
        command.arg("--package").arg(&member.package);
    }
    for feature in selection.features {
        command.arg("--features").arg(feature);
    }
    let executables: Option<Vec<&String>> =
        selection.wanted.iter().map(|member| member.executable.as_ref()).collect();
    for executable in executables.into_iter().flatten() {
        command.arg("--bin").arg(executable);
    }
    command.current_dir(&checkout.path).env(TREE, &checkout.tree);
    // Both, and both here: a worktree lies inside the repository, and cargo would find the
    // settings of the outer folder for either.
    command.env("CARGO_TARGET_DIR", target.folder());
    command.env("CARGO_BUILD_BUILD_DIR", target.folder());
    command
}
