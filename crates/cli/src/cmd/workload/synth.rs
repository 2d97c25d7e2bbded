//! `bakeoff workload synth`: a scenario whose requests are like those of a trace.

use std::path::PathBuf;

use bakeoff_workload::output::refuse_inputs;
use bakeoff_workload::synth::{Closeness, closeness, fit, not_imitated};
use serde::Serialize;

use super::compiled_of;
use crate::exit::UsageError;
use crate::input::Reading;
use crate::output;

/// Arguments of `workload synth`.
#[derive(clap::Args)]
#[command(after_help = "Example:
  bakeoff workload synth --like access.log --output scenarios/like-ours.toml")]
pub struct Args {
    /// The trace, log or compiled workload to imitate; may be given several times.
    #[arg(long, required = true, value_name = "[FORMAT:]PATH")]
    like: Vec<String>,
    #[command(flatten)]
    reading: Reading,
    /// The scenario file to write; else it is printed.
    #[arg(long, value_name = "FILE.toml")]
    output: Option<PathBuf>,
    /// Requests to make; else as many as there are.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..4_294_967_295))]
    requests: Option<u64>,
    /// Root of all randomness.
    #[arg(long, default_value_t = 2_026)]
    seed: u64,
    /// One JSON object with the scenario and how close it comes.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    scenario: &'a str,
    closeness: &'a Closeness,
}

/// Fits, tells how close the fit comes, and writes or prints the scenario.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (scenario, root) = args.reading.of(&args.like)?;
    if let Some(path) = &args.output {
        refuse_inputs(path, &scenario, &root).map_err(|error| UsageError(error.to_string()))?;
    }
    let original = compiled_of(&scenario, &root)?.workload;
    let name = args.like.join(", ");
    let text = fit(&original, &name, args.requests, args.seed);
    let folder = tempfile::tempdir()?;
    let close = closeness(&original, &text, folder.path())?;
    if let Some(path) = &args.output {
        std::fs::write(path, &text)
            .map_err(|error| UsageError(format!("{}: {error}", path.display())))?;
    }
    eprintln!(
        "bakeoff: hit ratios of LRU differ by {:.2} points on average and {:.2} at most, from 0.1 % to 30 % of the keys",
        close.mean_points, close.largest_points
    );
    eprintln!(
        "bakeoff: {} keys for {}, {:.1} % of them asked for once for {:.1} %",
        close.unique_keys_made,
        close.unique_keys,
        close.one_hit_share_made * 100.0,
        close.one_hit_share * 100.0
    );
    let missing = not_imitated(&original);
    if !missing.is_empty() {
        eprintln!("bakeoff: not imitated: {}", missing.join(", "));
    }
    if args.json {
        output::json(&Answer { scenario: &text, closeness: &close })
    } else if args.output.is_none() {
        output::text(&text)
    } else {
        Ok(())
    }
}
