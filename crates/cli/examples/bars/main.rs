//! Does the whole tool keep its promises on a real machine? Runs explorations whose truth is
//! known, many in a row, and counts what was said of them.
//!
//! ```text
//! git clone . /tmp/bars                       # in a clone of its own: `slowed` adds a variant
//! cargo build --release
//! cargo run --release -p bakeoff --example bars -- aa 50 --workspace /tmp/bars --load
//! cargo run --release -p bakeoff --example bars -- slowed 5 10 --workspace /tmp/bars
//! cargo run --release -p bakeoff --example bars -- slowed 3 10 --workspace /tmp/bars --profile publish
//! cargo run --release -p bakeoff --example bars -- compare 20 --workspace /tmp/bars
//! cargo run --release -p bakeoff --example bars -- costs NAME --workspace .
//! ```

mod costs;
mod load;
mod tool;
mod truths;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Runs explorations whose truth is known, and counts what was said of them.
#[derive(Parser)]
struct Bars {
    #[command(subcommand)]
    bar: Bar,
}

#[derive(Subcommand)]
enum Bar {
    /// Explorations of identical variants: how many name a winner?
    Aa {
        /// How many in a row.
        runs: u32,
        #[command(flatten)]
        how: How,
        /// Load another core in every other run, ten seconds on and ten off.
        #[arg(long)]
        load: bool,
    },
    /// A variant slowed by a calibrated spin: how many find it slower?
    Slowed {
        /// By how many per cent its throughput falls.
        percent: f64,
        /// How many in a row.
        runs: u32,
        #[command(flatten)]
        how: How,
    },
    /// The same commit compared with itself through a gate: how many prove a regression?
    Compare {
        /// How many in a row.
        runs: u32,
        #[command(flatten)]
        how: How,
    },
    /// What the driver adds to its trials, and how long the statistics of 200 cells take.
    Costs {
        /// An exploration that was done.
        name: String,
        #[command(flatten)]
        how: How,
    },
}

/// Where and how explorations run.
#[derive(Clone, clap::Args)]
pub struct How {
    /// The workspace to explore in; a clone of its own.
    #[arg(long)]
    workspace: PathBuf,
    /// The executable; else that beside this one.
    #[arg(long)]
    bakeoff: Option<PathBuf>,
    /// The profile of every exploration.
    #[arg(long)]
    profile: Option<String>,
    /// The scenario.
    #[arg(long, default_value = "user-profiles")]
    scenario: String,
    /// Seed of the first run; the next ones count on from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    match Bars::parse().bar {
        Bar::Aa { runs, how, load } => truths::identical(runs, &how, load),
        Bar::Slowed { percent, runs, how } => truths::slowed(percent, runs, &how),
        Bar::Compare { runs, how } => truths::compared(runs, &how),
        Bar::Costs { name, how } => costs::tell(&name, &how),
    }
}
