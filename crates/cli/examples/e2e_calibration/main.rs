//! End-to-end calibration: runs many explorations with a known true result on a real machine and
//! counts correct and wrong verdicts.
//!
//! ```text
//! git clone . /tmp/calibration                       # in a separate clone: `slowed` adds a variant
//! cargo build --release
//! cargo run --release -p bakeoff --example e2e_calibration -- aa 50 --workspace /tmp/calibration --load
//! cargo run --release -p bakeoff --example e2e_calibration -- slowed 5 10 --workspace /tmp/calibration
//! cargo run --release -p bakeoff --example e2e_calibration -- slowed 3 10 --workspace /tmp/calibration --profile publish
//! cargo run --release -p bakeoff --example e2e_calibration -- compare 20 --workspace /tmp/calibration
//! cargo run --release -p bakeoff --example e2e_calibration -- costs NAME --workspace .
//! ```

mod bakeoff;
mod costs;
mod ground_truth;
mod load;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Runs explorations with a known true result and counts the verdicts.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    study: Study,
}

#[derive(Subcommand)]
enum Study {
    /// Count recommendations among identical variants.
    Aa {
        /// Number of runs.
        runs: u32,
        #[command(flatten)]
        settings: Settings,
        /// Load another core in every second run, alternating every ten seconds.
        #[arg(long)]
        load: bool,
    },
    /// Count the runs that find a variant with calibrated extra work slower.
    Slowed {
        /// Decrease of its throughput, in percent.
        percent: f64,
        /// Number of runs.
        runs: u32,
        #[command(flatten)]
        settings: Settings,
    },
    /// Count confirmed regressions of a commit compared with itself.
    Compare {
        /// Number of runs.
        runs: u32,
        #[command(flatten)]
        settings: Settings,
    },
    /// Measure the driver's overhead and the time of the statistics of 200 cells.
    Costs {
        /// NAME of a finished exploration.
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
}

/// Settings of the explorations.
#[derive(Clone, clap::Args)]
pub struct Settings {
    /// Workspace to explore in, a separate clone.
    #[arg(long)]
    workspace: PathBuf,
    /// Path of `bakeoff`; default: the one built next to this example.
    #[arg(long)]
    bakeoff: Option<PathBuf>,
    /// Profile of every exploration.
    #[arg(long)]
    profile: Option<String>,
    /// Scenario of every exploration.
    #[arg(long, default_value = "user-profiles")]
    scenario: String,
    /// Seed of the first run; each next run adds 1.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().study {
        Study::Aa { runs, settings, load } => ground_truth::identical(runs, &settings, load),
        Study::Slowed { percent, runs, settings } => ground_truth::slowed(percent, runs, &settings),
        Study::Compare { runs, settings } => ground_truth::compared(runs, &settings),
        Study::Costs { name, settings } => costs::print(&name, &settings),
    }
}
