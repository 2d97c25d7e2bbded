//! `bakeoff workload`: compile, inspect and bound what variants replay.

mod curve;
mod import;
mod synth;

use std::path::{Path, PathBuf};

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_workload::cache::Cached;
use bakeoff_workload::{Cache, Scenario, bounds, compile, info};

use crate::exit::{Exit, UsageError};
use crate::input::Input;
use crate::{output, workspace};

/// Arguments of `workload`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Requests, keys, sizes.
    Info {
        #[command(flatten)]
        input: Input,
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// What no cache can beat, at each capacity.
    Bounds {
        #[command(flatten)]
        input: Input,
        /// Capacities in entries.
        #[arg(long, required = true, value_delimiter = ',', value_name = "N,…")]
        capacity: Vec<u64>,
        /// One JSON array instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Hits of an LRU cache at every capacity, exactly or from a sample.
    Curve(curve::Args),
    /// Compile a log of yours and draw its portrait.
    Import(import::Args),
    /// A scenario whose requests are like those of a trace, and how close it comes.
    Synth(synth::Args),
    /// Write the compiled workload to a file of your own.
    Compile {
        #[command(flatten)]
        input: Input,
        /// The file.
        #[arg(long, value_name = "FILE.bkw")]
        output: PathBuf,
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the action.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.action {
        Action::Info { input, json } => {
            let cached = compiled(input)?;
            let mut info = info::info(&cached.workload);
            info.format = cached.compiled.understood.format;
            info.format_reason = cached.compiled.understood.format_reason;
            if *json {
                output::json(&info)?
            } else {
                output::text(&serde_json::to_string_pretty(&info)?)?
            }
        }
        Action::Bounds { input, capacity, json } => {
            if capacity.contains(&0) {
                return Err(UsageError(String::from(
                    "--capacity: a cache holds at least one entry",
                ))
                .into());
            }
            let bounds = bounds::bounds(&compiled(input)?.workload, capacity, None);
            if *json {
                output::json(&bounds)?;
            } else {
                output::text(&table(&bounds))?;
            }
        }
        Action::Curve(args) => curve::run(args)?,
        Action::Import(args) => import::run(args)?,
        Action::Synth(args) => synth::run(args)?,
        Action::Compile { input, output: file, json } => {
            let (scenario, root) = input.scenario()?;
            let compiled = compile::compile(&scenario, &root, file)
                .map_err(|error| UsageError(error.to_string()))?;
            output::tell_understood(&compiled.understood);
            if *json {
                output::json(&compiled)?;
            } else {
                output::text(&format!(
                    "{}: {} requests, {} keys, digest {}",
                    file.display(),
                    compiled.requests,
                    compiled.unique_keys,
                    compiled.digest
                ))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The workload out of the cache; the guess of a trace's format is told on stderr.
fn compiled(input: &Input) -> anyhow::Result<Cached> {
    let (scenario, root) = input.scenario()?;
    compiled_of(&scenario, &root)
}

/// As [`compiled`], of a scenario that is at hand.
fn compiled_of(scenario: &Scenario, root: &Path) -> anyhow::Result<Cached> {
    let cache = Cache::new(ResultsDir::in_workspace(&workspace::root()?).workloads());
    let cached = cache.workload(scenario, root).map_err(|error| UsageError(error.to_string()))?;
    output::tell_understood(&cached.compiled.understood);
    Ok(cached)
}

fn table(bounds: &[bounds::Bounds]) -> String {
    let mut lines =
        vec![format!("{:>14} {:>18} {:>16}", "entries", "clairvoyant hits", "infinite hits")];
    lines.extend(bounds.iter().map(|bound| {
        format!(
            "{:>14} {:>18} {:>16}",
            bound.capacity_entries, bound.clairvoyant_hits, bound.infinite_hits
        )
    }));
    lines.join("\n")
}
