//! The command line, defined once: help, completions and the man page come from here.

use clap::{Parser, Subcommand};

use crate::cmd;
use crate::exit::Exit;

/// Decide how to cache, with evidence: replay the same requests against every candidate, in a
/// process of its own, in random order, and read which one to take.
#[derive(Parser)]
#[command(name = "bakeoff", version, about, long_about = None, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 internal error · 2 usage or input, or another driver \
holds the name · 3 a variant failed, or all were skipped · 4 a gate proved a regression · 5 unproven under --strict · 130 ctrl-C"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build every variant in its own worktree, replay, measure, compare.
    Explore(cmd::explore::Args),
    /// Compare one strategy at two git refs, measured in the same rounds.
    Compare(cmd::compare::Args),
    /// Watch an exploration that runs in another terminal.
    Watch(cmd::watch::Args),
    /// List explorations.
    List(cmd::list::Args),
    /// Print the results of an exploration.
    Results(cmd::results::Args),
    /// Write the report of an exploration again, from its samples.
    Report(cmd::report::Args),
    /// Remove an exploration's worktrees and data, or the cache.
    Cleanup(cmd::cleanup::Args),
    /// Scaffold a strategy crate under variants/.
    NewVariant(cmd::new_variant::Args),
    /// Hold one strategy against the conformance kit, in place.
    Check(cmd::check::Args),
    /// Replay one workload against one strategy, in place, no git.
    Replay(cmd::replay::Args),
    /// Compile, inspect and bound workloads.
    Workload(cmd::workload::Args),
    /// List, show, validate and make scenarios.
    Scenario(cmd::scenario::Args),
    /// What is installed, what would be skipped, and whether this machine is fit to measure on.
    Doctor(cmd::doctor::Args),
    /// Print a shell's completions.
    Completions(cmd::completions::Args),
    /// Print the man page.
    Man,
}

impl Cli {
    /// Runs the subcommand that was asked for.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            Command::Explore(args) => cmd::explore::run(args),
            Command::Compare(args) => cmd::compare::run(args),
            Command::Watch(args) => cmd::watch::run(&args),
            Command::List(args) => cmd::list::run(&args),
            Command::Results(args) => cmd::results::run(&args),
            Command::Report(args) => cmd::report::run(&args),
            Command::Cleanup(args) => cmd::cleanup::run(&args),
            Command::NewVariant(args) => cmd::new_variant::run(&args),
            Command::Check(args) => cmd::check::run(args),
            Command::Replay(args) => cmd::replay::run(args),
            Command::Workload(args) => cmd::workload::run(&args),
            Command::Scenario(args) => cmd::scenario::run(&args),
            Command::Doctor(args) => cmd::doctor::run(&args),
            Command::Completions(args) => cmd::completions::run(&args),
            Command::Man => cmd::man::run(),
        }
    }
}
