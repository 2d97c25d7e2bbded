//! Calls of cargo: one build of all runners of a tree, and the cleaning of a copied target.

use std::path::Path;
use std::process::Command;

use super::messages::{Outcome, read_messages};
use super::target_dir::{self, TargetDir};
use super::workspace::{Strategy, Workspace};
use crate::build::error::BuildError;
use crate::build::process::{Processes, end_of};
use crate::source::Checkout;

/// Variable that a runner embeds at compile time, so that it can report its tree.
const TREE: &str = "BAKEOFF_TREE";

/// Strategies and options of one call of `cargo build`.
pub(in crate::build) struct Selection<'a> {
    pub(in crate::build) workspace: &'a Workspace,
    /// Strategies whose executables are built.
    pub(in crate::build) strategies: Vec<&'a Strategy>,
    /// Features to turn on, as `package/feature`.
    pub(in crate::build) features: &'a [&'static str],
    /// Number of compilers that run at once; `None` leaves it to cargo.
    pub(in crate::build) jobs: Option<usize>,
}

/// Builds the selected strategies; one that fails does not stop the others.
///
/// Cargo unifies the features of all packages that it is given, so it is given all native
/// strategies of the workspace, whichever of them are built.
pub(in crate::build) fn build(
    processes: &Processes,
    checkout: &Checkout,
    target: &TargetDir,
    selection: &Selection<'_>,
    log: &Path,
) -> Result<Outcome, BuildError> {
    let mut command = command(processes, checkout, &target.path, "build");
    command.args(["--keep-going", "--timings", "--message-format=json"]);
    if let Some(jobs) = selection.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    for strategy in selection.workspace.native_strategies() {
        command.arg("--package").arg(&strategy.package);
    }
    for feature in selection.features {
        command.arg("--features").arg(feature);
    }
    for strategy in &selection.strategies {
        command.args(strategy.executable.iter().flat_map(|name| ["--bin", name]));
    }
    let (status, mut outcome) = processes.run(command, log, read_messages)?;
    outcome.success = status.success();
    let stale = |id: &&_| target.is_new && selection.workspace.is_member(id);
    if let Some(package) = outcome.fresh.iter().find(stale) {
        // The copy held code of another tree: nothing in it can be trusted.
        target_dir::remove(&target.path)?;
        return Err(BuildError::Stale { package: package.repr.clone() });
    }
    if !outcome.success && outcome.is_empty() {
        return Err(failure(checkout, log));
    }
    Ok(outcome)
}

/// Removes the packages of the workspace from a target directory.
pub(in crate::build) fn clean(
    processes: &Processes,
    checkout: &Checkout,
    target: &Path,
    log: &Path,
) -> Result<(), BuildError> {
    let mut command = command(processes, checkout, target, "clean");
    command.args(["--workspace", "--quiet"]);
    let (status, ()) = processes.run(command, log, |_, _| ())?;
    if status.success() { Ok(()) } else { Err(failure(checkout, log)) }
}

fn command(processes: &Processes, checkout: &Checkout, target: &Path, subcommand: &str) -> Command {
    let mut command = processes.command("cargo");
    command.args([subcommand, "--release"]);
    command.current_dir(&checkout.path).env(TREE, &checkout.tree);
    // A worktree inside the repository would inherit both from the outer `.cargo/config.toml`.
    command.env("CARGO_TARGET_DIR", target).env("CARGO_BUILD_BUILD_DIR", target);
    command
}

fn failure(checkout: &Checkout, log: &Path) -> BuildError {
    BuildError::Cargo {
        workspace: checkout.path.clone(),
        message: end_of(log),
        log: log.to_path_buf(),
    }
}
