//! `bakeoff workload synth`: synthetic scenario similar to a trace.

use std::path::PathBuf;

use bakeoff_workload::compile::refuse_inputs;
use bakeoff_workload::synth::{FitQuality, evaluate_fit, fit_scenario, unfitted_properties};
use serde::Serialize;

use super::compiled_of;
use crate::args::workload::TraceArgs;
use crate::exit::UsageError;
use crate::output;

/// Arguments of `workload synth`.
#[derive(clap::Args)]
#[command(after_help = "Example:
  bakeoff workload synth --like access.log --output scenarios/like-ours.toml")]
pub struct Args {
    /// Trace, log or compiled workload to imitate; can be repeated.
    #[arg(long, required = true, value_name = "[FORMAT:]PATH")]
    like: Vec<String>,
    #[command(flatten)]
    reading: TraceArgs,
    /// Scenario file to write; default: stdout.
    #[arg(long, value_name = "FILE.toml")]
    output: Option<PathBuf>,
    /// Number of requests; default: as many as in the trace.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..4_294_967_295))]
    requests: Option<u64>,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 2_026)]
    seed: u64,
    /// Print one JSON object with the scenario and its similarity to the trace.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SynthOutput<'a> {
    scenario: &'a str,
    quality: &'a FitQuality,
}

/// Fits a scenario, prints its similarity, and writes or prints it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (scenario, root) = args.reading.scenario(&args.like)?;
    if let Some(path) = &args.output {
        refuse_inputs(path, &scenario, &root).map_err(|error| UsageError(error.to_string()))?;
    }
    let original = compiled_of(&scenario, &root)?.workload;
    let name = args.like.join(", ");
    let text = fit_scenario(&original, &name, args.requests, args.seed);
    let folder = tempfile::tempdir()?;
    let fit_quality = evaluate_fit(&original, &text, folder.path())?;
    if let Some(path) = &args.output {
        std::fs::write(path, &text)
            .map_err(|error| UsageError(format!("cannot write {}: {error}", path.display())))?;
    }
    eprintln!(
        "bakeoff: LRU hit ratios differ by {:.2} percentage points on average and {:.2} at most, from 0.1 % to 30 % of the keys",
        fit_quality.mean_difference_points, fit_quality.max_difference_points
    );
    eprintln!(
        "bakeoff: {} keys (original: {}), {:.1} % of them with one request (original: {:.1} %)",
        fit_quality.fitted_unique_keys,
        fit_quality.original_unique_keys,
        fit_quality.fitted_one_hit_share * 100.0,
        fit_quality.original_one_hit_share * 100.0
    );
    let missing = unfitted_properties(&original);
    if !missing.is_empty() {
        eprintln!("bakeoff: not imitated: {}", missing.join(", "));
    }
    if args.json {
        output::json(&SynthOutput { scenario: &text, quality: &fit_quality })
    } else if args.output.is_none() {
        output::text(&text)
    } else {
        Ok(())
    }
}
