//! Calls `cargo build` for the runners of a tree, and `cargo clean` for a target directory.

use std::path::Path;
use std::process::Command;

use super::messages::{CargoOutcome, read_messages};
use super::target_dir::{self, TargetDir};
use super::workspace::{CargoWorkspace, StrategyPackage};
use crate::build::error::BuildError;
use crate::build::process::{ChildProcesses, end_of};
use crate::source::Checkout;

/// Environment variable with the tree id, which a runner embeds at compile time and reports.
const TREE_VARIABLE: &str = "BAKEOFF_TREE";

/// Strategies and options of one call of `cargo build`.
pub(in crate::build) struct BuildSelection<'a> {
    pub(in crate::build) workspace: &'a CargoWorkspace,
    /// Strategies whose executables are built.
    pub(in crate::build) strategies: Vec<&'a StrategyPackage>,
    /// Features to activate, as `package/feature`.
    pub(in crate::build) features: &'a [&'static str],
    /// Number of compilers that run at once; `None` uses cargo's default.
    pub(in crate::build) jobs: Option<usize>,
}

/// Builds the selected strategies; a strategy that fails does not stop the others.
///
/// Always passes the packages of all native strategies to cargo, because cargo unifies the features
/// of the packages that it is given.
pub(in crate::build) fn build(
    processes: &ChildProcesses,
    checkout: &Checkout,
    target: &TargetDir,
    selection: &BuildSelection<'_>,
    log: &Path,
) -> Result<CargoOutcome, BuildError> {
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
        // The copied directory contains code of another tree, so none of it can be trusted.
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
    processes: &ChildProcesses,
    checkout: &Checkout,
    target: &Path,
    log: &Path,
) -> Result<(), BuildError> {
    let mut command = command(processes, checkout, target, "clean");
    command.args(["--workspace", "--quiet"]);
    let (status, ()) = processes.run(command, log, |_, _| ())?;
    if status.success() { Ok(()) } else { Err(failure(checkout, log)) }
}

fn command(
    processes: &ChildProcesses,
    checkout: &Checkout,
    target: &Path,
    subcommand: &str,
) -> Command {
    let mut command = processes.command("cargo");
    command.args([subcommand, "--release"]);
    command.current_dir(&checkout.path).env(TREE_VARIABLE, &checkout.tree);
    // Both override a `.cargo/config.toml` in a directory above the worktree.
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
