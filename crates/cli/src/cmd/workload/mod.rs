//! `bakeoff workload`: compile and analyze workloads.

mod curve;
mod import;
mod record;
mod synth;

use std::path::{Path, PathBuf};

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_workload::store::CompiledWorkload;
use bakeoff_workload::{ScenarioDefinition, WorkloadStore, bounds, compile, workload_info};

use crate::args::workload::WorkloadArgs;
use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `workload`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Print the numbers of requests and keys, and their total size.
    Info {
        #[command(flatten)]
        input: WorkloadArgs,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Print the hits of the optimal bound and of an infinite cache at each capacity.
    Bounds {
        #[command(flatten)]
        input: WorkloadArgs,
        /// Capacities in entries.
        #[arg(long, required = true, value_delimiter = ',', value_name = "N,…")]
        capacity: Vec<u64>,
        /// Print one JSON array instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Print the hits of an LRU cache by capacity, exact or from a sample.
    Curve(curve::Args),
    /// Compile a log and print its characteristics.
    Import(import::Args),
    /// Record the requests of a Redis server with MONITOR.
    Record(record::Args),
    /// Create a synthetic scenario similar to a trace.
    Synth(synth::Args),
    /// Compile a workload to a file.
    Compile {
        #[command(flatten)]
        input: WorkloadArgs,
        /// Output file.
        #[arg(long, value_name = "FILE.bkw")]
        output: PathBuf,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// Runs the action.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.action {
        Action::Info { input, json } => {
            let cached = compiled(input)?;
            let mut info = workload_info::summarize(&cached.workload);
            info.format = cached.report.read_summary.format;
            info.format_reason = cached.report.read_summary.format_reason;
            if *json {
                output::json(&info)?
            } else {
                output::text(&serde_json::to_string_pretty(&info)?)?
            }
        }
        Action::Bounds { input, capacity, json } => {
            if capacity.contains(&0) {
                return Err(UsageError(String::from(
                    "invalid --capacity 0; a cache holds at least one entry",
                ))
                .into());
            }
            let bounds = bounds::compute_bounds(&compiled(input)?.workload, capacity);
            if *json {
                output::json(&bounds)?;
            } else {
                output::text(&table(&bounds))?;
            }
        }
        Action::Curve(args) => curve::run(args)?,
        Action::Import(args) => import::run(args)?,
        Action::Record(args) => record::run(args)?,
        Action::Synth(args) => synth::run(args)?,
        Action::Compile { input, output: file, json } => {
            let (scenario, root) = input.scenario()?;
            let compiled = compile::compile(&scenario, &root, file)
                .map_err(|error| UsageError(error.to_string()))?;
            output::print_trace_notes(&compiled.read_summary);
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

/// Returns the workload, compiled if needed, and prints notes about a trace.
fn compiled(input: &WorkloadArgs) -> anyhow::Result<CompiledWorkload> {
    let (scenario, root) = input.scenario()?;
    compiled_of(&scenario, &root)
}

/// Returns the compiled workload of a scenario.
fn compiled_of(scenario: &ScenarioDefinition, root: &Path) -> anyhow::Result<CompiledWorkload> {
    let cache = WorkloadStore::new(ResultsDir::in_workspace(&workspace::root()?).workloads());
    let cached = cache.workload(scenario, root).map_err(|error| UsageError(error.to_string()))?;
    output::print_trace_notes(&cached.report.read_summary);
    Ok(cached)
}

fn table(bounds: &[bounds::CapacityBounds]) -> String {
    let mut lines = vec![format!(
        "{:>14} {:>20} {:>21}",
        "entries", "hits, optimal bound", "hits, infinite cache"
    )];
    lines.extend(bounds.iter().map(|bound| {
        format!(
            "{:>14} {:>20} {:>21}",
            bound.capacity_entries, bound.clairvoyant_hits, bound.infinite_hits
        )
    }));
    lines.join("\n")
}
