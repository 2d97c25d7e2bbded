//! Definition of the command line, also the source of help, completions and man page.

use clap::{Parser, Subcommand};

use crate::cmd;
use crate::exit::Exit;

/// Benchmark cache strategies: replay the same requests against each variant in its own process, in
/// random order, and write a report that recommends one.
#[derive(Parser)]
#[command(name = "bakeoff", version, about, long_about = None, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 internal error · 2 wrong usage or input, or another \
driver uses the NAME · 3 a variant failed or gave wrong answers, or all were skipped · 4 a gate \
confirmed a regression · 5 unconfirmed with --strict · 130 interrupted"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build every variant in its own worktree, measure and compare.
    Explore(cmd::explore::Args),
    /// Compare one strategy at two git refs, measured in the same rounds.
    Compare(cmd::compare::Args),
    /// Show the progress of an exploration that runs in another terminal.
    Watch(cmd::watch::Args),
    /// List explorations.
    List(cmd::list::Args),
    /// Print the results of an exploration.
    Results(cmd::results::Args),
    /// Write the report of an exploration again, or compare runs.
    Report(cmd::report::Args),
    /// Remove worktrees and data of an exploration, or the cache.
    Cleanup(cmd::cleanup::Args),
    /// Create a strategy crate under variants/.
    NewVariant(cmd::new_variant::Args),
    /// Test a strategy with the conformance kit, without git.
    Check(cmd::check::Args),
    /// Replay one workload against one strategy, without git.
    Replay(cmd::replay::Args),
    /// Compile and analyze workloads.
    Workload(cmd::workload::Args),
    /// List, show, validate and create scenarios.
    Scenario(cmd::scenario::Args),
    /// Check installed programs and this machine's suitability for measurements.
    Doctor(cmd::doctor::Args),
    /// Print shell completions.
    Completions(cmd::completions::Args),
    /// Print the man page.
    Man,
}

impl Cli {
    /// Runs the subcommand.
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
